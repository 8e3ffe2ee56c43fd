//! Landing as it stands in the warehouse: batches (content, once) and loads (events, create-only).
