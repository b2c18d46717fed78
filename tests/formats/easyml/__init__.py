"""EasyML files in and out."""
