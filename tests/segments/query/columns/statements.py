"""What people write who use SQL of their own."""

from hypothesis import strategies as st

STATEMENTS = """
UPDATE partners_partner SET prospecting_stage = 'joined', country = 'DE' WHERE id = {key}

UPDATE partners_partner SET name = 'Aa', name_folded = 'aa', original_joined_date = NULL
WHERE id = {key}

UPDATE partners_partner SET email = 'a@example.com', original_joined_date = '2026-11-27'
WHERE id >= {key}

UPDATE partners_partner SET website = '' WHERE id = {key}

UPDATE partners_partner SET owner_id = (SELECT max(id) FROM auth_user), next_step = 'Call',
next_step_date = '2026-11-29' WHERE id = {key}

UPDATE partners_partner SET owner_id = NULL, next_step = '', last_contacted = '2026-11-27' WHERE id >= {key}

DELETE FROM partners_note WHERE partner_id = {key}

UPDATE contracts_contract SET stage = 'joined', end_date = NULL WHERE partner_id = {key}

UPDATE contracts_contract SET number = 'Y-' || id WHERE partner_id = {key}

UPDATE contracts_contract SET partner_id = {other} WHERE partner_id = {key}
AND EXISTS (SELECT 1 FROM partners_partner WHERE id = {other})

DELETE FROM contracts_contractstagechange;
DELETE FROM contracts_contract WHERE partner_id = {key}

INSERT INTO contracts_contract (number, partner_id, template_term_id, stage, start_date, stage_since)
SELECT 'X-' || id || '-{other}', id, {few}, 'joined', '2026-11-28', '2026-11-28 12:00:00+00:00'
FROM partners_partner WHERE id <= {key}

DELETE FROM partners_membership WHERE group_id = {few}

DELETE FROM partners_membership

UPDATE partners_membership SET group_id = {few} WHERE partner_id = {key}

UPDATE partners_membership SET partner_id = {other} WHERE partner_id = {key}
AND EXISTS (SELECT 1 FROM partners_partner WHERE id = {other})

INSERT INTO partners_membership (partner_id, group_id) SELECT id, {few} FROM partners_partner
WHERE id <= {key} AND id NOT IN (SELECT partner_id FROM partners_membership WHERE group_id = {few})

DELETE FROM partners_partnerstagechange WHERE subject_id = {key};
DELETE FROM partners_membership WHERE partner_id = {key};
DELETE FROM partners_note WHERE partner_id = {key};
DELETE FROM partners_partner WHERE id = {key} AND id NOT IN (SELECT partner_id FROM contracts_contract)

INSERT INTO partners_partner
(id, name, name_folded, email, website, prospecting_stage, country, business_model, next_step)
SELECT {key}, 'Raw', 'raw', '', '', 'new', 'AT', 'search', ''
WHERE NOT EXISTS (SELECT 1 FROM partners_partner WHERE id = {key})
"""

keys = st.integers(1, 6)
statements = st.builds(
    lambda sql, **values: sql.format(**values).split(";"),
    st.sampled_from(STATEMENTS.strip().split("\n\n")),
    key=keys,
    other=keys,
    few=st.integers(1, 3),
)
"""One or several that belong together."""
