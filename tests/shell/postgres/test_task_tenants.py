"""Tasks of several tenants on PostgreSQL: the common facts."""

from tests.shell.test_task_tenants import (  # noqa: F401  (they hold on this store, too, and run here)
    filled,
    tenants_system,
    test_a_task_has_to_name_its_tenant_where_there_are_several,
    test_a_task_of_a_tenant_is_completed_there_and_nowhere_else,
    test_a_task_of_another_tenant_is_not_there,
    test_a_task_says_whether_it_is_overdue,
    test_pages_follow_each_other_over_all_tenants,
    test_tasks_of_all_tenants_of_a_person_are_listed_by_due_date,
)
