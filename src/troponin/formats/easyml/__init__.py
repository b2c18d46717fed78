"""openCARP's EasyML files: in and out."""
