"""The page that shows who came, and its server: messages of the doors in, JSON and one stream out.

Nothing here can open a door: browsers sign commands, and the server forwards them.
"""
