"""The service: joins every part, watches over them, and takes them down again."""
