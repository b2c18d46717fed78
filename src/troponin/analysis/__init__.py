"""What a run tells: biomarkers as pure functions of a Dataset."""
