-- What a rejected row belongs to: its scope, and the part of the source (a file)
-- it stood in. Both are empty in rows kept before, which stay as they are.
ALTER TABLE quarantine ADD COLUMN IF NOT EXISTS scope String AFTER batch_id, ADD COLUMN IF NOT EXISTS part String AFTER scope;
