"""`bpmn` on PostgreSQL."""
