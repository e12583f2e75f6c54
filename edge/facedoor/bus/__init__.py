"""The bus: what the door tells the world, over MQTT."""
