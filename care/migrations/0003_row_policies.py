from django.db import migrations

#: Whose rows the actor of this transaction is shown (backend/kit/actors.py names actors). A minute
#: is for the clocks of the service and the database, which may differ a little. It runs
#: with its owner's rights, for a policy that asked a table with a policy would go round in circles.
SEEN = """
CREATE FUNCTION {schema}.care_seen(scope text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(coalesce(current_setting('app.actor', true), ''), ':');
    me uuid;
BEGIN
    IF parts[1] = 'patient' THEN
        RETURN ARRAY[parts[2]::uuid];
    ELSIF parts[1] = 'clinician' THEN
        me := parts[2]::uuid;
        RETURN parts[3:]::uuid[] || ARRAY(
            SELECT patient_id FROM care_careteammembership
            WHERE clinician_id = me AND starts_at <= clock_timestamp() + interval '1 minute'
            AND (ends_at IS NULL OR ends_at > clock_timestamp())
            UNION
            SELECT patient_id FROM care_breakglass
            WHERE clinician_id = me AND ends_at > clock_timestamp()
        );
    ELSIF parts[1] = 'admin' AND scope = 'clinic' THEN
        RETURN ARRAY(
            SELECT theirs.id FROM care_user AS theirs JOIN care_user AS mine USING (clinic_id)
            WHERE mine.id = parts[2]::uuid AND mine.role = 'admin' AND mine.is_active
            AND theirs.role = 'patient'
        );
    END IF;
    RETURN '{{}}';
END $$
"""
#: What a support person is shown of whom, by which consent (care/family.py). They see no row of a
#: patient: two functions with their owner's rights answer what the consent names and nothing beside,
#: so that no statement of the service can read more. ``at`` is the service's clock; the database's
#: own ends a consent as well.
SUPPORTED = """
CREATE FUNCTION {schema}.care_supported(at timestamptz) RETURNS TABLE (
    consent_id uuid, patient_id uuid, name varchar, recipient varchar, scope text[], agreed_at timestamptz,
    expires_at timestamptz, expires_event varchar, time_zone varchar, enrolled_at timestamptz,
    clinic_id uuid, clinic_zone varchar
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(coalesce(current_setting('app.actor', true), ''), ':');
BEGIN
    IF parts[1] IS DISTINCT FROM 'supporter' THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT
        agreed.id, agreed.patient_id, theirs.display_name, agreed.recipient,
        ARRAY(SELECT jsonb_array_elements_text(agreed.scope)), agreed.agreed_at, agreed.expires_at,
        agreed.expires_event, theirs.time_zone, patient.enrolled_at, clinic.id, clinic.time_zone
    FROM care_supportperson AS person
    JOIN care_user AS mine ON mine.id = person.supporter_id
    JOIN care_consent AS agreed ON agreed.id = person.consent_id AND agreed.patient_id = person.patient_id
    JOIN care_patient AS patient ON patient.user_id = agreed.patient_id
    JOIN care_user AS theirs ON theirs.id = agreed.patient_id
    JOIN care_clinic AS clinic ON clinic.id = theirs.clinic_id
    WHERE person.supporter_id = parts[2]::uuid AND mine.role = 'supporter' AND mine.is_active
    AND theirs.is_active AND agreed.purpose = 'family_support' AND agreed.revoked_at IS NULL
    AND agreed.agreed_at <= at
    AND (agreed.expires_at IS NULL OR agreed.expires_at > greatest(at, clock_timestamp()))
    AND (agreed.expires_event IS NULL OR patient.discharged_at IS NULL);
END $$
"""
SUPPORTED_SESSIONS = """
CREATE FUNCTION {schema}.care_supported_sessions(asked uuid, at timestamptz, until timestamptz)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    SELECT held.starts_at, held.ends_at
    FROM care_supported(at) AS shown JOIN care_treatmentsession AS held ON held.patient_id = shown.patient_id
    WHERE shown.consent_id = asked AND 'session_times' = ANY (shown.scope)
    AND held.cancelled_at IS NULL AND held.ends_at > at AND held.starts_at < until
    UNION ALL
    SELECT held.starts_at, held.ends_at
    FROM care_supported(at) AS shown
    JOIN care_groupmembership AS member ON member.patient_id = shown.patient_id
    AND member.starts_at <= at AND (member.ends_at IS NULL OR member.ends_at > at)
    JOIN care_treatmentsession AS held ON held.group_id = member.group_id
    WHERE shown.consent_id = asked AND 'session_times' = ANY (shown.scope)
    AND held.cancelled_at IS NULL AND held.ends_at > at AND held.starts_at < until
$$
"""
#: ANALYZE copies values of rows into the planner's notes, where they outlive the rows. Nothing is
#: noted of columns that can hold words, names, addresses or keys: what is longer than a code of ours.
NO_NOTES = """
CREATE FUNCTION {schema}.care_note_no_words(room text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    it record;
BEGIN
    FOR it IN
        SELECT attrelid::regclass AS name, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r' AND starts_with(relname, room || '_')
        AND attnum > 0 AND NOT attisdropped
        AND (atttypid IN ('text'::regtype, 'bytea'::regtype, 'jsonb'::regtype)
             OR atttypid = 'varchar'::regtype AND atttypmod > 30 + 4)
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', it.name, it.attname);
    END LOOP;
END $$
"""
#: Show rows of a table by a condition, and all of them to the tasks named beside the operator; every
#: room's tables are shown by these two. ``@`` in a condition is the schema.
SHOWN = """
CREATE FUNCTION {schema}.care_show_rows(name text, condition text, tasks text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE {schema}.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY seen ON {schema}.%I USING ((SELECT current_setting(''app.actor'', true)) = ANY (%L::text[]) OR %s)',
        name, string_to_array(concat_ws(',', 'operator', nullif(tasks, '')), ','), replace(condition, '@', '{schema}.')
    );
END $$
"""
HIDDEN = """
CREATE FUNCTION {schema}.care_show_all_rows(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP POLICY seen ON {schema}.%I', name);
    EXECUTE format('ALTER TABLE {schema}.%I DISABLE ROW LEVEL SECURITY', name);
END $$
"""
ME = ("(SELECT CASE WHEN current_setting('app.actor', true) LIKE 'clinician:%' "
      "THEN split_part(current_setting('app.actor', true), ':', 2)::uuid END)")
SUPPORTER = ("(SELECT CASE WHEN current_setting('app.actor', true) LIKE 'supporter:%' "
             "THEN split_part(current_setting('app.actor', true), ':', 2)::uuid END)")
STAFF = "(SELECT current_setting('app.actor', true)) ~ '^(clinician|admin):'"
TEAM, CLINIC = "((SELECT @care_seen('team'))::uuid[])", "((SELECT @care_seen('clinic'))::uuid[])"

#: Table, whose rows its people see, and who works there without being a person.
POLICIES = (
    ("care_user", f"role IN ('clinician', 'admin') OR id = ANY {CLINIC} OR id = {SUPPORTER}",
     "sign-in,task:reminders,task:safety,task:exports,task:resets,task:emergency"),
    ("care_patient", f"user_id = ANY {CLINIC}",
     "sign-in,task:reminders,task:safety,task:exports,task:emergency"),
    ("care_zonechange", f"patient_id = ANY {TEAM}", "task:reminders"),
    ("care_careteammembership", f"clinician_id = {ME} OR patient_id = ANY {CLINIC}",
     "task:reminders,task:safety"),
    ("care_consent", f"patient_id = ANY {CLINIC}", "task:reminders,task:safety"),
    ("care_disclosure", f"patient_id = ANY {CLINIC}", ""),
    ("care_breakglass", f"patient_id = ANY {CLINIC}", "task:emergency"),
    ("care_dutycall", f"clinician_id = {ME} OR patient_id = ANY {TEAM}", "task:safety"),
    ("care_legalhold", f"patient_id = ANY {CLINIC}", "task:retention"),
    ("care_invitation", f"patient_id = ANY {CLINIC}", "sign-in,task:retention"),
    ("care_supportcode", f"patient_id = ANY {TEAM}", "sign-in,task:retention"),
    ("care_supportperson", f"patient_id = ANY {TEAM} OR supporter_id = {SUPPORTER}", ""),
    ("care_episode", f"patient_id = ANY {CLINIC}", "task:reminders"),
    ("care_groupmembership", f"patient_id = ANY {CLINIC}", "task:reminders"),
    ("care_treatmentsession",
     f"patient_id = ANY {CLINIC} OR patient_id IS NULL AND ({STAFF} OR group_id IN "
     "(SELECT group_id FROM @care_groupmembership))", "task:reminders"),
    ("care_sessionseries",
     f"patient_id = ANY {CLINIC} OR patient_id IS NULL AND ({STAFF} OR group_id IN "
     "(SELECT group_id FROM @care_groupmembership))", "task:reminders"),
    ("care_attendance", f"patient_id = ANY {TEAM}", "task:reminders"),
    ("care_admission",
     "EXISTS (SELECT FROM @care_episode AS it WHERE it.id = episode_id)", ""),
    ("care_levelchange", f"patient_id = ANY {TEAM}", ""),
    ("care_certification", f"patient_id = ANY {TEAM}", ""),
    ("care_careplan", f"patient_id = ANY {TEAM}", ""),
    ("care_personaltargets", f"patient_id = ANY {TEAM}", ""),
    ("care_accesslogentry", f"patient_id = ANY {TEAM}", "task:sealing"),
)
#: Each look of a support person is accounted for by themselves.
LOOKED = (
    "CREATE POLICY looked ON care_disclosure FOR INSERT WITH CHECK (EXISTS (SELECT FROM care_supportperson AS it "
    "WHERE it.consent_id = care_disclosure.consent_id AND it.patient_id = care_disclosure.patient_id "
    f"AND it.supporter_id = {SUPPORTER}))"
)
#: Whoever brings a patient in writes these before anybody is on the care team.
BY_STAFF = ("care_user", "care_patient", "care_careteammembership")


def add_policies(apps, schema_editor):
    """Let PostgreSQL show a role that serves only rows of those whom its actor may see.

    Not forced on the owner: data migrations would silently do nothing.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    run = schema_editor.execute
    for function in (SEEN, SUPPORTED, SUPPORTED_SESSIONS, NO_NOTES, SHOWN, HIDDEN):
        run(function.format(schema=schema), params=None)
    run("SELECT care_note_no_words('care')")
    for policy in POLICIES:
        run("SELECT care_show_rows(%s, %s, %s)", policy)
    for table in BY_STAFF:
        run(f"CREATE POLICY brought_in ON {table} FOR INSERT WITH CHECK ({STAFF})", params=None)
    run(LOOKED, params=None)
    # Whoever is refused stands in the log as well, as does whom they asked for.
    run("CREATE POLICY noted ON care_accesslogentry FOR INSERT WITH CHECK (true)", params=None)


def drop_policies(apps, schema_editor):
    """Take the policies back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in BY_STAFF:
        schema_editor.execute(f"DROP POLICY brought_in ON {table}")
    schema_editor.execute("DROP POLICY noted ON care_accesslogentry")
    schema_editor.execute("DROP POLICY looked ON care_disclosure")
    for table, _, _ in POLICIES:
        schema_editor.execute("SELECT care_show_all_rows(%s)", [table])
    for function in ("supported_sessions(uuid, timestamptz, timestamptz)", "supported(timestamptz)",
                     "seen(text)", "note_no_words(text)", "show_rows(text, text, text)", "show_all_rows(text)"):
        schema_editor.execute(f"DROP FUNCTION care_{function}")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0002_append_only_log'),
    ]

    operations = [
        migrations.RunPython(add_policies, drop_policies),
    ]
