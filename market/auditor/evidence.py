"""Evidence against chargebacks: in time, as it was submitted; and the alarms of its due days."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I9",
        "拒付证据在截止之前、拒付未决时提交",
        "evidence was submitted before it was due, while its chargeback was undecided",
        """SELECT 'chargeback_evidence', e.id::text, 'submitted ' || e.submitted_at || ', due '
                  || coalesce(c.evidence_due_at::text, 'never')
           FROM chargeback_evidence e JOIN chargeback c ON c.id = e.chargeback_id
           WHERE e.submitted_at >= c.evidence_due_at
              OR e.submitted_at >= (SELECT min(v.at) FROM event v
                                    WHERE v.subject = 'chargeback' AND v.subject_id = c.id
                                      AND v.move IN ('win', 'lose'))
              OR e.books_unit_id <> c.books_unit_id""",
    ),
    Check(
        "I9",
        "Stripe 已接收的证据先记呼叫、后记结果，文件逐一上传，且即为所提交的文件",
        "evidence that Stripe has was called for first, and its files are those submitted",
        """SELECT 'chargeback_evidence', e.id::text, 'called '
                  || coalesce(e.called_at::text, 'never') || ', sent ' || e.sent_at
                  || ', files ' || coalesce(f.files::text, 'none')
           FROM chargeback_evidence e JOIN chargeback c ON c.id = e.chargeback_id
           LEFT JOIN LATERAL (
               SELECT jsonb_object_agg(p.kind, encode(b.sha256, 'hex')) AS files,
                      bool_or(p.stripe_file_id IS NULL) AS lacks
               FROM chargeback_evidence_file p JOIN file b ON b.id = p.file_id
               WHERE p.evidence_id = e.id) AS f ON true
           LEFT JOIN LATERAL (
               SELECT v.changed->'files' AS files FROM event v
               WHERE v.name = 'chargeback_evidence.submitted' AND v.subject_id = e.id
               ORDER BY v.id DESC LIMIT 1) AS s ON true
           WHERE e.state = 'sent'
             AND (e.called_at IS NULL OR e.called_at < e.submitted_at OR e.sent_at < e.called_at
                  OR c.submissions = 0 OR f.lacks
                  OR coalesce(f.files, '{}') IS DISTINCT FROM s.files)""",
    ),
    Check(
        "I9",
        "截止提醒与剩余工作日相符，逐次升级，且当时证据尚未送达",
        "an alarm has the stage that its working days reach, each is more urgent than the one "
        "before, and none was raised once the evidence was sent",
        """SELECT 'chargeback_alarm', a.id::text, a.stage || ' at ' || a.working_days_left
                  || ' working days, counted ' || d.days || ', after '
                  || coalesce(a.before, 'none')
           FROM (SELECT r.id, r.chargeback_id, r.stage, r.raised_on, r.working_days_left,
                        r.policy_id, r.created_at,
                        coalesce(r.last_day, (r.due_at AT TIME ZONE 'Asia/Shanghai')::date)
                            AS due_on,
                        (r.due_at AT TIME ZONE 'Asia/Shanghai' - interval '18 hours')::date
                            AS office_ends_on, r.last_day,
                        lag(r.stage) OVER (PARTITION BY r.chargeback_id, r.due_at ORDER BY r.id)
                            AS before
                 FROM chargeback_alarm r) AS a
           JOIN policy p ON p.id = a.policy_id
           CROSS JOIN LATERAL (
               SELECT h.body FROM policy h
               WHERE h.name = 'working_days' AND h.state = 'approved' AND h.unit_id IS NULL
                 AND h.effective_on <= a.raised_on
               ORDER BY h.effective_on DESC, h.number DESC LIMIT 1) AS h
           CROSS JOIN LATERAL (
               SELECT count(*) AS days
               FROM generate_series(a.raised_on + 1, a.due_on, '1 day') AS on_day (at)
               WHERE CASE WHEN extract(isodow FROM on_day.at) < 6
                          THEN NOT h.body->'off' ? on_day.at::date::text
                          ELSE h.body->'worked' ? on_day.at::date::text END) AS d
           LEFT JOIN chargeback_evidence e ON e.chargeback_id = a.chargeback_id
           WHERE p.name <> 'chargeback_alarms' OR d.days <> a.working_days_left
              OR e.sent_at < a.created_at OR a.last_day <> a.office_ends_on
              OR (a.stage <> 'passed'
                  AND a.working_days_left > (p.body->>(a.stage || '_working_days'))::int)
              OR array_position(ARRAY['first', 'second', 'last', 'passed'], a.stage)
                 <= array_position(ARRAY['first', 'second', 'last', 'passed'], a.before)""",
    ),
)
