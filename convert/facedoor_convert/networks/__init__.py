"""The networks that facedoor converts, as plain graphs of layers."""
