"""Stage badges for templates."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from partners.badges import Stage

register = template.Library()


@register.simple_tag
def stage_badge(stage: Stage) -> SafeString:
    """A badge in the colour of the stage; its meaning shows on hover and is read aloud."""
    return format_html(
        '<span class="badge badge-{}" title="{}">{}<span class="visually-hidden">: {}</span></span>',
        stage.tone,
        stage.meaning,
        stage.label,
        stage.meaning,
    )
