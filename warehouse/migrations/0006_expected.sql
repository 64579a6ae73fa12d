-- What would have passed, in Vietnamese beside the English.
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS expected_vi String AFTER expected;
