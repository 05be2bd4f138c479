from django.db import migrations

from backend.kit.db.postgres.row_policies import (
    OWN_CLINIC,
    PATIENTS_SEEN,
    STAFF,
    SUPPORTER,
    AlsoAllow,
    ShowRows,
)
from backend.kit.handling import RowPolicy, Rows

#: Whose rows the actor of this transaction is shown (backend/kit/db/rls_actor.py names actors): of a
#: clinician's care teams, or of those whose consent covers that part (care/access/rules.py). A minute
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
            SELECT theirs.patient_id FROM care_careteammembership AS theirs
            WHERE theirs.clinician_id = me AND theirs.starts_at <= clock_timestamp() + interval '1 minute'
            AND (theirs.ends_at IS NULL OR theirs.ends_at > clock_timestamp())
            AND (scope IN ('team', 'clinic') OR EXISTS (
                SELECT FROM care_consent AS agreed JOIN care_patient AS whose ON whose.user_id = agreed.patient_id
                WHERE agreed.patient_id = theirs.patient_id AND agreed.purpose = 'treatment'
                AND agreed.scope ? care_seen.scope AND NOT agreed.is_for_others
                AND (agreed.recipient_clinician_id IS NULL OR agreed.recipient_clinician_id = me)
                AND agreed.revoked_at IS NULL
                AND agreed.agreed_at <= clock_timestamp() + interval '1 minute'
                AND (agreed.expires_at IS NULL OR agreed.expires_at > clock_timestamp())
                AND (agreed.expires_event IS NULL OR whose.discharged_at IS NULL)
            ))
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
#: What a support person is shown of whom, by which consent (care/support/grants.py). They see no row of a
#: patient: two functions with their owner's rights answer what the consent names and nothing beside,
#: so that no statement of the service can read more. ``at`` is the service's clock; the database's
#: own ends a consent as well.
SUPPORTED = """
CREATE FUNCTION {schema}.care_supported(at timestamptz) RETURNS TABLE (
    consent_id uuid, patient_id uuid, name varchar, recipient bytea, scope text[], agreed_at timestamptz,
    expires_at timestamptz, expires_event varchar, time_zone varchar, enrolled_at timestamptz,
    clinic_id uuid, clinic_zone varchar, day_starts_hour smallint
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
        agreed.expires_event, theirs.time_zone, patient.enrolled_at, clinic.id, clinic.time_zone,
        patient.day_starts_hour
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
#: Who is acting, if it is a person, and their clinic: both with their owner's rights, for a policy
#: that asked a table with a policy would go round in circles.
PERSON = """
CREATE FUNCTION {schema}.care_me() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN current_setting('app.actor', true) ~ '^(patient|clinician|admin|supporter):'
    THEN split_part(current_setting('app.actor', true), ':', 2)::uuid END
$$
"""
MY_CLINIC = """
CREATE FUNCTION {schema}.care_my_clinic() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    SELECT clinic_id FROM care_user WHERE id = care_me() AND is_active
    AND role = split_part(current_setting('app.actor', true), ':', 1)
$$
"""
CLINIC_OF = """
CREATE FUNCTION {schema}.care_clinic_of(whose uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    SELECT clinic_id FROM care_user WHERE id = whose
$$
"""
#: Whether the actor may put somebody on a patient's care team: both of the actor's own clinic, and
#: the actor a primary therapist of the patient, or an administrator who hands a group over. Whoever
#: brings a patient in is the first on the team.
MAY_BRING_IN = """
CREATE FUNCTION {schema}.care_may_bring_in(whose uuid, clinician uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    clinic uuid := care_my_clinic();
    kind text := split_part(current_setting('app.actor', true), ':', 1);
BEGIN
    IF clinic IS NULL OR care_clinic_of(whose) IS DISTINCT FROM clinic
    OR care_clinic_of(clinician) IS DISTINCT FROM clinic THEN
        RETURN false;
    END IF;
    RETURN kind = 'admin' OR kind = 'clinician' AND (
        EXISTS (
            SELECT FROM care_careteammembership
            WHERE patient_id = whose AND clinician_id = care_me() AND role = 'primary_therapist'
            AND starts_at <= clock_timestamp() + interval '1 minute'
            AND (ends_at IS NULL OR ends_at > clock_timestamp())
        )
        OR clinician = care_me() AND NOT EXISTS (SELECT FROM care_careteammembership WHERE patient_id = whose)
    );
END $$
"""
#: How a patient signs in, which nobody else changes: they, who signs them in, and a reset do.
OWN_COLUMNS = ("username", "password", "sealed_email", "last_login", "display_name", "is_active")
KEPT_OWN = """
CREATE FUNCTION {schema}.care_keep_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role = 'patient' AND row_security_active(TG_RELID) AND care_me() IS DISTINCT FROM OLD.id
    AND current_setting('app.actor', true) NOT IN ('operator', 'sign-in', 'task:resets') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = 'row-level security: how a patient signs in is their own';
    END IF;
    RETURN NEW;
END $$
"""
#: What nobody but an operator changes of a row that is there: whose it is, and what somebody may do.
KEPT = """
CREATE FUNCTION {schema}.care_keep_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    IF NOT row_security_active(TG_RELID) OR current_setting('app.actor', true) = 'operator' THEN
        RETURN NEW;
    END IF;
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('row-level security: %s.%s is not changed', TG_TABLE_NAME, name);
        END IF;
    END LOOP;
    RETURN NEW;
END $$
"""
#: Show rows of a table by a condition, and all of them to the tasks named beside the operator; let
#: them be written by the same condition, and by the tasks, roles of people and nobody else that
#: ``who_writes`` names; where it is left out, everybody who sees a row. People
#: delete nothing, unless another policy of the table says so. Every room's tables are shown by these two. ``@`` in a condition is the schema.
SHOWN = """
CREATE FUNCTION {schema}.care_show_rows(name text, condition text, tasks text, who_writes text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    writers text := coalesce(who_writes, concat_ws(',', 'patient,clinician,admin', nullif(tasks, '')));
    seen text := replace(condition, '@', '{schema}.');
    may text := format(
        '((SELECT current_setting(''app.actor'', true)) = ANY (%L::text[]) '
        'OR (SELECT split_part(current_setting(''app.actor'', true), '':'', 1)) = ANY (%L::text[]) AND (%s))',
        string_to_array(concat_ws(',', 'operator', nullif(writers, '')), ','), string_to_array(writers, ','), seen
    );
BEGIN
    EXECUTE format('ALTER TABLE {schema}.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY seen ON {schema}.%I FOR SELECT '
        'USING ((SELECT current_setting(''app.actor'', true)) = ANY (%L::text[]) OR %s)',
        name, string_to_array(concat_ws(',', 'operator', nullif(tasks, '')), ','), seen
    );
    EXECUTE format('CREATE POLICY added ON {schema}.%I FOR INSERT WITH CHECK (%s)', name, may);
    EXECUTE format('CREATE POLICY changed ON {schema}.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, may, may);
    EXECUTE format(
        'CREATE POLICY removed ON {schema}.%I FOR DELETE '
        'USING ((SELECT current_setting(''app.actor'', true)) = ANY (%L::text[]))',
        name, string_to_array(concat_ws(',', 'operator', nullif(writers, '')), ',')
    );
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('{schema}.%I', name)::regclass
               AND attname = 'patient_id' AND NOT attisdropped) THEN
        EXECUTE format(
            'CREATE TRIGGER keeps_whose BEFORE UPDATE OF patient_id ON {schema}.%I '
            'FOR EACH ROW EXECUTE FUNCTION {schema}.care_keep_columns(''patient_id'')', name
        );
    END IF;
END $$
"""
HIDDEN = """
CREATE FUNCTION {schema}.care_show_all_rows(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT policyname FROM pg_policies WHERE schemaname = '{schema}' AND tablename = name LOOP
        EXECUTE format('DROP POLICY %I ON {schema}.%I', it.policyname, name);
    END LOOP;
    EXECUTE format('DROP TRIGGER IF EXISTS keeps_whose ON {schema}.%I', name);
    EXECUTE format('ALTER TABLE {schema}.%I DISABLE ROW LEVEL SECURITY', name);
END $$
"""
FUNCTIONS = (PERSON, MY_CLINIC, CLINIC_OF, MAY_BRING_IN, SEEN, SUPPORTED, SUPPORTED_SESSIONS, NO_NOTES, KEPT, KEPT_OWN, SHOWN,
             HIDDEN)

ACTOR = "(SELECT current_setting('app.actor', true))"


def add_functions(apps, schema_editor):
    """Make what the policies call. PostgreSQL shows a role that serves only rows of those whom its actor may see.

    Not forced on the owner: data migrations would silently do nothing.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    for function in FUNCTIONS:
        schema_editor.execute(function.format(schema=schema), params=None)
    schema_editor.execute("SELECT care_note_no_words('care')")


def drop_functions(apps, schema_editor):
    """Take the functions back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for function in ("supported_sessions(uuid, timestamptz, timestamptz)", "supported(timestamptz)",
                     "seen(text)", "note_no_words(text)", "show_rows(text, text, text, text)",
                     "show_all_rows(text)", "keep_columns()", "keep_own()", "may_bring_in(uuid, uuid)", "clinic_of(uuid)",
                     "my_clinic()", "me()"):
        schema_editor.execute(f"DROP FUNCTION care_{function}")


def keep_own(apps, schema_editor):
    """Let nobody else change how a patient signs in."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE TRIGGER keeps_own BEFORE UPDATE OF {', '.join(OWN_COLUMNS)} ON care_user FOR EACH ROW "
            "EXECUTE FUNCTION care_keep_own()", params=None)


def let_own_go(apps, schema_editor):
    """Take that back."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER keeps_own ON care_user")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0002_append_only_log'),
    ]

    operations = [
        migrations.RunPython(add_functions, drop_functions),
        ShowRows('User', RowPolicy(Rows.ACCOUNTS, tasks=("sign-in", "task:reminders", "task:safety", "task:exports", "task:resets", "task:emergency"), writers=("task:resets",), whose="id", also=("brought_in", "let_in", "own"), fixed=("id", "role", "clinic_id"))),
        ShowRows('Patient', RowPolicy(Rows.CLINIC, tasks=("sign-in", "task:reminders", "task:safety", "task:exports", "task:emergency"), writers=("patient", "clinician", "task:emergency", "task:reminders"), whose="user_id", also=("brought_in",))),
        ShowRows('ZoneChange', RowPolicy(Rows.TEAM, tasks=("task:reminders",), writers=("patient",))),
        ShowRows('CareTeamMembership', RowPolicy(Rows.CARE_TEAM, tasks=("task:reminders", "task:safety"), also=("brought_in", "ended"), fixed=("clinician_id", "role", "starts_at"))),
        ShowRows('Consent', RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:safety"), writers=("patient",), fixed=("scope", "is_for_others", "recipient_clinician_id", "agreed_at", "expires_at", "purpose", "version", "text", "language"))),
        ShowRows('Disclosure', RowPolicy(Rows.CLINIC, also=("looked", "taken"))),
        ShowRows('BreakGlass', RowPolicy(Rows.CLINIC, tasks=("task:emergency",), writers=("task:emergency",), also=("reviewed",))),
        ShowRows('StaffCall', RowPolicy(Rows.CALLED_CLINICIAN, tasks=("task:safety",), writers=("patient", "clinician", "task:safety"))),
        ShowRows('LegalHold', RowPolicy(Rows.CLINIC, tasks=("task:retention",))),
        ShowRows('Invitation', RowPolicy(Rows.CLINIC, tasks=("sign-in", "task:retention"), writers=("patient", "clinician", "admin", "task:retention"))),
        ShowRows('SupportCode', RowPolicy(Rows.TEAM, tasks=("sign-in", "task:retention"), writers=("patient", "task:retention"))),
        ShowRows('SupportPerson', RowPolicy(Rows.SUPPORT_PERSON, writers=("patient", "supporter"))),
        ShowRows('Episode', RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("clinician",))),
        ShowRows('GroupMembership', RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("clinician",))),
        ShowRows('TreatmentSession', RowPolicy(Rows.PATIENT_OR_GROUP, tasks=("task:reminders",), writers=("patient", "clinician", "admin", "task:reminders"))),
        ShowRows('SessionSeries', RowPolicy(Rows.PATIENT_OR_GROUP, tasks=("task:reminders",), writers=("patient", "clinician", "admin", "task:reminders"))),
        ShowRows('Attendance', RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("clinician",))),
        ShowRows('Admission', RowPolicy(Rows.PARENT, writers=("clinician",), via="episode")),
        ShowRows('LevelChange', RowPolicy(Rows.TEAM, writers=("clinician",))),
        ShowRows('Certification', RowPolicy(Rows.TEAM, writers=("clinician",))),
        ShowRows('CarePlan', RowPolicy(Rows.TEAM, writers=("clinician",))),
        ShowRows('PersonalTargets', RowPolicy(Rows.TEAM, writers=("patient", "clinician"))),
        ShowRows('AccessLogEntry', RowPolicy(Rows.TEAM, tasks=("task:sealing",), also=("noted",))),
        ShowRows('Group', RowPolicy(Rows.OF_CLINIC, tasks=("task:reminders",), writers=("clinician", "admin"))),
        # Each look of a support person is accounted for by themselves.
        AlsoAllow('Disclosure', 'looked', verb="INSERT", condition=(
            "EXISTS (SELECT FROM @care_supportperson AS it WHERE it.consent_id = care_disclosure.consent_id "
            f"AND it.patient_id = care_disclosure.patient_id AND it.supporter_id = {SUPPORTER})")),
        AlsoAllow('Disclosure', 'taken', verb="INSERT", condition=(
            "patient_id = (SELECT @care_me()) AND (SELECT @care_seen('team')) <> '{}'")),
        # Whoever is refused stands in the log as well, as does whom they asked for.
        AlsoAllow('AccessLogEntry', 'noted', verb="INSERT", condition="true"),
        # Whoever brings a patient in writes these before anybody is on the care team.
        AlsoAllow('User', 'brought_in', verb="INSERT", condition=(
            f"clinic_id = {OWN_CLINIC} AND ({STAFF} AND role = 'patient' OR role IN ('clinician', 'admin') "
            f"AND {ACTOR} LIKE 'admin:%')")),
        AlsoAllow('User', 'let_in', verb="INSERT", condition=f"role = 'supporter' AND {ACTOR} = 'sign-in'"),
        AlsoAllow('Patient', 'brought_in', verb="INSERT", condition=f"{STAFF} AND @care_clinic_of(user_id) = {OWN_CLINIC}"),
        AlsoAllow('CareTeamMembership', 'brought_in', verb="INSERT", condition="@care_may_bring_in(patient_id, clinician_id)"),
        # An account is changed by its owner, by whom signs them in, and staff by their administrator.
        AlsoAllow('User', 'own', verb="UPDATE", condition=(
            f"id = (SELECT @care_me()) OR {ACTOR} = 'sign-in' "
            f"OR role IN ('clinician', 'admin') AND clinic_id = {OWN_CLINIC} AND {ACTOR} LIKE 'admin:%' "
            # To lock the row; what a clinician changes of it OWN_COLUMNS says.
            f"OR role = 'patient' AND {STAFF} AND id = ANY {PATIENTS_SEEN['clinic']}")),
        AlsoAllow('BreakGlass', 'reviewed', verb="UPDATE", condition=(
            f"patient_id = ANY {PATIENTS_SEEN['clinic']} AND {ACTOR} LIKE 'admin:%'")),
        # Care teams are changed by whoever may see the patient.
        AlsoAllow('CareTeamMembership', 'ended', verb="UPDATE", condition=f"{STAFF} AND patient_id = ANY {PATIENTS_SEEN['clinic']}"),
        migrations.RunPython(keep_own, let_own_go),
    ]
