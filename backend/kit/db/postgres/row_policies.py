"""Migrations that make row policies and append-only tables; on SQLite there are no policies.

A migration repeats what the model declares (``backend.kit.handling``), as it repeats columns: what
it does never changes with the model, and ``tests/house/test_handling.py`` compares the two. The
SQL of a member of ``Rows`` never changes either; another rule is another member. The functions that
it calls are made by ``0003_row_policies`` of ``care``. ``@`` in a condition is the schema.
"""

from typing import Any

from django.db.migrations.operations.base import Operation

from backend.kit.handling import RowPolicy, Rows

#: Who is acting, as far as they are of that role; null for everybody else.
CLINICIAN = (
    "(SELECT CASE WHEN current_setting('app.actor', true) LIKE 'clinician:%' "
    "THEN split_part(current_setting('app.actor', true), ':', 2)::uuid END)"
)
SUPPORTER = (
    "(SELECT CASE WHEN current_setting('app.actor', true) LIKE 'supporter:%' "
    "THEN split_part(current_setting('app.actor', true), ':', 2)::uuid END)"
)
STAFF = "(SELECT current_setting('app.actor', true)) ~ '^(clinician|admin):'"
PEOPLE_OF_CLINIC = "(SELECT current_setting('app.actor', true)) ~ '^(patient|clinician|admin):'"
OWN_CLINIC = "(SELECT @care_my_clinic())"
#: The patients whom ``care_seen`` shows, and those whose notes ``care_notes_reach`` does.
PATIENTS_SEEN = {
    scope: f"((SELECT @care_seen('{scope}'))::uuid[])"
    for scope in ("team", "clinic", "shared_entries", "safety")
}
OWN_NOTES = "((SELECT @care_notes_reach('own'))::uuid[])"
_OWN_GROUPS = "(SELECT group_id FROM @care_groupmembership)"

_CONDITIONS = {
    Rows.TEAM: f"{{whose}} = ANY {PATIENTS_SEEN['team']}",
    Rows.CLINIC: f"{{whose}} = ANY {PATIENTS_SEEN['clinic']}",
    Rows.SHARED_ENTRIES: f"{{whose}} = ANY {PATIENTS_SEEN['shared_entries']}",
    Rows.SAFETY: f"{{whose}} = ANY {PATIENTS_SEEN['safety']}",
    Rows.PARENT: "EXISTS (SELECT FROM @{parent} AS it WHERE it.{key} = {via})",
    Rows.ACCOUNTS: (
        f"{{whose}} = ANY {PATIENTS_SEEN['clinic']} OR role IN ('clinician', 'admin') "
        f"AND clinic_id = {OWN_CLINIC} OR id = {SUPPORTER}"
    ),
    Rows.CARE_TEAM: f"clinician_id = {CLINICIAN} OR {{whose}} = ANY {PATIENTS_SEEN['clinic']}",
    Rows.CALLED_CLINICIAN: f"clinician_id = {CLINICIAN} OR {{whose}} = ANY {PATIENTS_SEEN['team']}",
    Rows.SUPPORT_PERSON: f"{{whose}} = ANY {PATIENTS_SEEN['team']} OR supporter_id = {SUPPORTER}",
    Rows.PATIENT_OR_GROUP: (
        f"{{whose}} = ANY {PATIENTS_SEEN['clinic']} OR {{whose}} IS NULL AND ({STAFF} AND "
        f"clinic_id = {OWN_CLINIC} OR group_id IN {_OWN_GROUPS})"
    ),
    Rows.OF_CLINIC: f"{PEOPLE_OF_CLINIC} AND clinic_id = {OWN_CLINIC}",
    Rows.ORIGINATOR: f"originator_id = {CLINICIAN} AND {{whose}} = ANY {OWN_NOTES}",
    Rows.ORIGINATORS_PARENT: (
        "EXISTS (SELECT FROM @{parent} AS it WHERE it.{key} = {via} "
        f"AND it.originator_id = {CLINICIAN})"
    ),
}


class _OfTable(Operation):
    """An operation on one table that leaves Django's own picture of it as it is."""

    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    @property
    def migration_name_fragment(self) -> str:
        """Return a name for a migration of this operation alone."""
        return f"{self.model_name.lower()}_rows"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave the models as they are."""

    def describe(self) -> str:
        """Return what ``migrate --plan`` shows."""
        return f"{type(self).__name__} of {self.model_name}"


class ShowRows(_OfTable):
    """Give a table its row policy; its planner's statistics hold no words from then on."""

    def __init__(self, model_name: str, policy: RowPolicy) -> None:
        super().__init__(model_name)
        self.policy = policy

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Make the policies, and the triggers that keep columns as they are."""
        if schema_editor.connection.vendor != "postgresql":
            return
        model, policy = to_state.apps.get_model(app_label, self.model_name), self.policy
        table, run = model._meta.db_table, schema_editor.execute
        run("SELECT care_note_no_words(%s)", [app_label])
        run(
            "SELECT care_show_rows(%s, %s, %s, %s)",
            [table, _condition(model, policy), ",".join(policy.tasks), ",".join(policy.writers)],
        )
        if policy.fixed:
            run(
                f"CREATE TRIGGER keeps_columns BEFORE UPDATE OF {', '.join(policy.fixed)} "
                f"ON {table} FOR EACH ROW EXECUTE FUNCTION "
                f"care_keep_columns({', '.join(map(repr, policy.fixed))})",
                params=None,
            )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Take the policies and triggers back."""
        if schema_editor.connection.vendor != "postgresql":
            return
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if self.policy.fixed:
            schema_editor.execute(f"DROP TRIGGER keeps_columns ON {table}")
        schema_editor.execute("SELECT care_show_all_rows(%s)", [table])


class AlsoAllow(_OfTable):
    """Give a table one more policy for one verb, beside those of ``ShowRows``."""

    def __init__(self, model_name: str, name: str, *, verb: str, condition: str) -> None:
        super().__init__(model_name)
        self.name, self.verb, self.condition = name, verb, condition

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Make the policy."""
        if schema_editor.connection.vendor != "postgresql":
            return
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        condition = self.condition.replace("@", f"{_schema(schema_editor)}.")
        clauses = {
            "INSERT": f"WITH CHECK ({condition})",
            "UPDATE": f"USING ({condition}) WITH CHECK ({condition})",
        }.get(self.verb, f"USING ({condition})")
        schema_editor.execute(
            f"CREATE POLICY {self.name} ON {table} FOR {self.verb} {clauses}", params=None
        )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Take the policy back."""
        if schema_editor.connection.vendor == "postgresql":
            table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
            schema_editor.execute(f"DROP POLICY {self.name} ON {table}")


class AddRowsOnly(_OfTable):
    """Let the database itself refuse changes of rows, and without ``deletes`` their deletion."""

    def __init__(self, model_name: str, *, deletes: bool = False) -> None:
        super().__init__(model_name)
        self.deletes = deletes

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Make the triggers."""
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            verbs = "UPDATE" if self.deletes else "UPDATE OR DELETE OR TRUNCATE"
            schema_editor.execute(
                f"CREATE TRIGGER {table}_kept BEFORE {verbs} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION care_append_only()"
            )
            return
        for verb in self._refused():
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Take the triggers back."""
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_kept ON {table}")
            return
        for verb in self._refused():
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")

    def _refused(self) -> tuple[str, ...]:
        return ("update",) if self.deletes else ("update", "delete")


def _condition(model: Any, policy: RowPolicy) -> str:
    names = {"whose": policy.whose}
    if policy.via:
        key = model._meta.get_field(policy.via)
        names |= {
            "via": key.column,
            "key": key.target_field.column,
            "parent": key.related_model._meta.db_table,
        }
    return _CONDITIONS[policy.rows].format(**names)


def _schema(schema_editor: Any) -> str:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        return str(cursor.fetchone()[0])
