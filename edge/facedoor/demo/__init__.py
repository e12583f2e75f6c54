"""The demonstration: a whole door, with imagined visitors, on any machine.

``facedoor demo`` runs the real service against a simulated camera and relay and a real
MQTT broker in the same process. Needs the ``demo`` extra.
"""
