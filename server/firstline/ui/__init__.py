"""Components and the frame that every page stands in; knows nothing of what the pages are about."""
