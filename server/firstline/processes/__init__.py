"""The durable side of `bpmn`: deployments, instances, tasks, jobs, timers, inbox, incidents, history."""
