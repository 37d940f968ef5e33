"""What is predefined for a reason: releases of procedures, when they are in use, and the taxonomy of reasons."""
