"""The command line: thin, every command is a few calls of the face."""
