"""The formats for English."""

from killswitches.times import FORM

DATETIME_FORMAT = FORM
