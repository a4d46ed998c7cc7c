"""Filters for the templates of the account pages."""

from django import template

from killswitches.relative_times import spoken_time

register = template.Library()
register.filter(spoken_time)
