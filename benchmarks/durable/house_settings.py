"""The settings of the product, with the wiring of this folder: nobody hears, two workers for jobs, one decision."""

from firstline.config.settings import *  # noqa: F403 -- settings are made that way

FIRSTLINE_SUBSCRIPTIONS = "house_wiring"
