"""Stage badges for templates."""

from django import template

from partners.badges import stage_badge

register = template.Library()
register.simple_tag(stage_badge)
