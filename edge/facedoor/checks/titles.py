"""What each problem of a running door is called, by its code: as the dashboard's page calls it.

Its sentence is the service's own, in English, as everybody hears it who listens to the door.
"""

from __future__ import annotations

from collections.abc import Mapping

from facedoor.languages import N_, _

TITLES: Mapping[str, str] = {
    "journal_unwritable": N_("Journal cannot be written"),
    "door_hangs": N_("Door hangs"),
    "state_file_changed": N_("State file was tampered with"),
    "backup_restored": N_("Backup restored: review the keys"),
    "older_copy": N_("Older copy in place: review the keys"),
    "rules_unreadable": N_("Access rules unreadable"),
    "people_unreadable": N_("Some people unreadable"),
    "lockout_unwritten": N_("Lockout not written down"),
    "keypad_unreadable": N_("Keypad does not answer"),
    "button_unusable": N_("Button cannot be read"),
    "switch_unusable": N_("Switch cannot be read"),
    "lamp_unusable": N_("Lamp or buzzer cannot be driven"),
    "camera_upside_down": N_("Camera is upside down"),
    "liveness_off": N_("Liveness is off: a photo opens"),
    "liveness_missing": N_("No liveness network"),
    "challenge_mute": N_("Nobody can be asked to turn the head"),
    "liveness_fails": N_("Liveness does not run"),
    "camera_lost": N_("Camera lost"),
    "picture_in_view": N_("A picture of a face is in view"),
    "nobody_enrolled": N_("Nobody is enrolled"),
    "other_network": N_("Somebody is enrolled for another network"),
    "second_missing": N_("Somebody lacks a template of the second pack"),
    "risk_unknown": N_("Risk of the threshold unknown"),
    "residents_refused": N_("Residents are often refused"),
    "old_entries_stay": N_("Old entries stay"),
    "state_file_too_large": N_("State file too large"),
    "not_scrubbed": N_("Removed data may still be legible"),
    "picture_lost": N_("Last picture not kept"),
    "mqtt_unusable": N_("MQTT settings cannot work"),
    "broker_unreachable": N_("Broker out of reach"),
    "mqtt_version": N_("Broker is slow"),
    "old_name_stays": N_("Former name still at the broker"),
    "name_taken": N_("Another service speaks as this door"),
    "broker_refuses": N_("Broker refuses the door"),
    "name_shared": N_("Two doors have this name"),
    "topic_forbidden": N_("Broker forbids a topic"),
    "events_wait": N_("Events wait"),
    "commands_fail": N_("Commands fail"),
    "mode_is_signed": N_("Home Assistant was refused"),
    "clock_not_set": N_("Clock not set"),
    "clock_was_ahead": N_("Clock was ahead"),
    "site_unusable": N_("Site key unusable"),
    "roster_stale": N_("Site not heard of for long"),
    "roster_unreadable": N_("People of the site unreadable"),
    "roster_overflow": N_("Site's people came too fast"),
    "roster_fails": N_("Site's people cannot be kept"),
}


def title(code: str) -> str:
    """The title of a problem; of one that a newer facedoor reports, the code as words."""
    return _(TITLES[code]) if code in TITLES else code.replace("_", " ")
