-- The cause in Vietnamese, where what failed could say it; cause is in English.
ALTER TABLE runs ADD COLUMN cause_vi TEXT NOT NULL DEFAULT '';
