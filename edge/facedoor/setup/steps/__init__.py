"""The steps of ``facedoor setup``, in their order."""

from __future__ import annotations

from facedoor.setup.steps.broker import BROKER
from facedoor.setup.steps.camera import CAMERA
from facedoor.setup.steps.key import KEY
from facedoor.setup.steps.name import NAME
from facedoor.setup.steps.person import PERSON
from facedoor.setup.steps.relay import RELAY

STEPS = (CAMERA, RELAY, NAME, BROKER, KEY, PERSON)
