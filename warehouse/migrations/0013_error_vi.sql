-- Why a batch failed, in Vietnamese beside the English; empty where only the English is known.
ALTER TABLE batches ADD COLUMN IF NOT EXISTS error_vi String AFTER error;
