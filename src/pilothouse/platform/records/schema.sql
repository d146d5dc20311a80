CREATE TABLE accounts (
	id INTEGER NOT NULL, 
	email TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	password_hash TEXT NOT NULL, 
	role TEXT DEFAULT 'member' NOT NULL, 
	created_at BIGINT NOT NULL, 
	last_login_at BIGINT, 
	disabled_at BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (email)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE alert_channels (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	hint TEXT DEFAULT '' NOT NULL, 
	sealed TEXT DEFAULT '' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE alert_event_messages (
	event_id TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	PRIMARY KEY (event_id, message_id), 
	FOREIGN KEY(event_id) REFERENCES alert_events (id) ON DELETE CASCADE, 
	FOREIGN KEY(message_id) REFERENCES alert_messages (id) ON DELETE CASCADE
);
CREATE TABLE alert_events (
	id TEXT NOT NULL, 
	rule_id TEXT NOT NULL, 
	group_value TEXT DEFAULT '' NOT NULL, 
	episode_id TEXT DEFAULT '' NOT NULL, 
	kind TEXT NOT NULL, 
	level TEXT NOT NULL, 
	level_before TEXT NOT NULL, 
	silence TEXT DEFAULT '' NOT NULL, 
	reading TEXT DEFAULT '{}' NOT NULL, 
	opened_at BIGINT, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(rule_id) REFERENCES alert_rules (id) ON DELETE CASCADE
);
CREATE TABLE alert_maintenance (
	id TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	schedule TEXT NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE alert_messages (
	id TEXT NOT NULL, 
	channel_id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	attempts BIGINT DEFAULT '0' NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	ended_at BIGINT, 
	sent BOOLEAN DEFAULT 0 NOT NULL, 
	owner TEXT DEFAULT '' NOT NULL, 
	owner_seen BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(channel_id) REFERENCES alert_channels (id) ON DELETE CASCADE
);
CREATE TABLE alert_rule_channels (
	rule_id TEXT NOT NULL, 
	channel_id TEXT NOT NULL, 
	PRIMARY KEY (rule_id, channel_id), 
	FOREIGN KEY(rule_id) REFERENCES alert_rules (id) ON DELETE CASCADE, 
	FOREIGN KEY(channel_id) REFERENCES alert_channels (id) ON DELETE CASCADE
);
CREATE TABLE alert_rules (
	id TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	enabled BOOLEAN DEFAULT 1 NOT NULL, 
	question TEXT NOT NULL, 
	condition TEXT NOT NULL, 
	for_s BIGINT DEFAULT '0' NOT NULL, 
	remind_s BIGINT, 
	muted_until BIGINT, 
	error TEXT DEFAULT '' NOT NULL, 
	error_at BIGINT, 
	evaluated_at BIGINT DEFAULT '0' NOT NULL, 
	owner TEXT DEFAULT '' NOT NULL, 
	owner_seen BIGINT DEFAULT '0' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, error_told BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE alert_states (
	rule_id TEXT NOT NULL, 
	group_value TEXT DEFAULT '' NOT NULL, 
	level TEXT DEFAULT 'ok' NOT NULL, 
	state TEXT DEFAULT '{}' NOT NULL, 
	reading TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (rule_id, group_value), 
	FOREIGN KEY(rule_id) REFERENCES alert_rules (id) ON DELETE CASCADE
);
CREATE TABLE annotation_items (
	id TEXT NOT NULL, 
	queue_id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	other_run_id TEXT DEFAULT '' NOT NULL, 
	project_id INTEGER NOT NULL, 
	trace_id TEXT NOT NULL, 
	span_id TEXT NOT NULL, 
	other_trace_id TEXT DEFAULT '' NOT NULL, 
	other_span_id TEXT DEFAULT '' NOT NULL, 
	other_project_id INTEGER, 
	start_time BIGINT, 
	example_id TEXT DEFAULT '' NOT NULL, 
	added_by TEXT DEFAULT '' NOT NULL, 
	added_at BIGINT NOT NULL, 
	reviewed_at BIGINT, 
	completed_at BIGINT, thread_id TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(queue_id) REFERENCES annotation_queues (id) ON DELETE CASCADE
);
CREATE TABLE annotation_queues (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT DEFAULT 'single' NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	instructions TEXT DEFAULT '' NOT NULL, 
	rubric TEXT DEFAULT '[]' NOT NULL, 
	reviewers_per_item INTEGER DEFAULT '1' NOT NULL, 
	reservation_minutes INTEGER DEFAULT '60' NOT NULL, 
	reviewers TEXT DEFAULT '[]' NOT NULL, 
	dataset_id TEXT DEFAULT '' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE annotation_reviews (
	item_id TEXT NOT NULL, 
	reviewer TEXT NOT NULL, 
	status TEXT DEFAULT 'reserved' NOT NULL, 
	answers TEXT DEFAULT '{}' NOT NULL, 
	reserved_until BIGINT, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (item_id, reviewer), 
	FOREIGN KEY(item_id) REFERENCES annotation_items (id) ON DELETE CASCADE
);
CREATE TABLE api_keys (
	id INTEGER NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	hint TEXT NOT NULL, 
	key_hash TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	project_id INTEGER, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	used_at BIGINT, 
	expires_at BIGINT, 
	revoked_at BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (key_hash), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE browser_sessions (
	token_hash TEXT NOT NULL, 
	account_id INTEGER NOT NULL, 
	user_agent TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	PRIMARY KEY (token_hash), 
	FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE TABLE budget_channels (
	budget_id TEXT NOT NULL, 
	channel_id TEXT NOT NULL, 
	PRIMARY KEY (budget_id, channel_id), 
	FOREIGN KEY(budget_id) REFERENCES budgets (id) ON DELETE CASCADE, 
	FOREIGN KEY(channel_id) REFERENCES alert_channels (id) ON DELETE CASCADE
);
CREATE TABLE budget_tellings (
	budget_id TEXT NOT NULL, 
	period_start BIGINT NOT NULL, 
	threshold BIGINT NOT NULL, 
	told_at BIGINT NOT NULL, 
	PRIMARY KEY (budget_id, period_start, threshold), 
	FOREIGN KEY(budget_id) REFERENCES budgets (id) ON DELETE CASCADE
);
CREATE TABLE budgets (
	id TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	amount TEXT NOT NULL, 
	period TEXT NOT NULL, 
	filter TEXT DEFAULT '' NOT NULL, 
	thresholds TEXT DEFAULT '[]' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE comparative_experiments (
	id TEXT NOT NULL, 
	dataset_id TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	experiment_ids TEXT DEFAULT '[]' NOT NULL, 
	extra TEXT DEFAULT '{}' NOT NULL, 
	created_at BIGINT NOT NULL, 
	modified_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);
CREATE TABLE dashboards (
	id TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	refresh_s BIGINT, 
	panels TEXT DEFAULT '[]' NOT NULL, 
	version BIGINT DEFAULT '1' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	updated_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE dataset_tags (
	dataset_id TEXT NOT NULL, 
	tag TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	PRIMARY KEY (dataset_id, tag), 
	FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);
CREATE TABLE dataset_versions (
	dataset_id TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	added INTEGER DEFAULT '0' NOT NULL, 
	modified INTEGER DEFAULT '0' NOT NULL, 
	removed INTEGER DEFAULT '0' NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (dataset_id, version), 
	FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);
CREATE TABLE datasets (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	data_type TEXT DEFAULT 'kv' NOT NULL, 
	metadata TEXT DEFAULT '{}' NOT NULL, 
	inputs_schema TEXT DEFAULT 'null' NOT NULL, 
	outputs_schema TEXT DEFAULT 'null' NOT NULL, 
	transformations TEXT DEFAULT 'null' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	modified_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE ended_sessions (
	project_id INTEGER NOT NULL, 
	session_id TEXT NOT NULL, 
	ended_at BIGINT NOT NULL, 
	PRIMARY KEY (project_id, session_id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE evaluator_versions (
	evaluator_id TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	definition TEXT DEFAULT '{}' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, spent BIGINT DEFAULT '0' NOT NULL, priced BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (evaluator_id, version), 
	FOREIGN KEY(evaluator_id) REFERENCES evaluators (id) ON DELETE CASCADE
);
CREATE TABLE evaluators (
	id TEXT NOT NULL, 
	project_id INTEGER, 
	name TEXT NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	kind TEXT NOT NULL, 
	version BIGINT DEFAULT '1' NOT NULL, 
	definition TEXT DEFAULT '{}' NOT NULL, 
	extra TEXT DEFAULT '{}' NOT NULL, 
	verdicts BIGINT DEFAULT '0' NOT NULL, 
	errors BIGINT DEFAULT '0' NOT NULL, 
	spent BIGINT DEFAULT '0' NOT NULL, 
	priced BIGINT DEFAULT '0' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE examples (
	id TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	dataset_id TEXT NOT NULL, 
	until BIGINT, 
	inputs TEXT DEFAULT '{}' NOT NULL, 
	outputs TEXT DEFAULT 'null' NOT NULL, 
	metadata TEXT DEFAULT '{}' NOT NULL, 
	splits TEXT DEFAULT '["base"]' NOT NULL, 
	attachments TEXT DEFAULT '{}' NOT NULL, 
	source_run_id TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id, version), 
	FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);
CREATE TABLE experiment_journals (
	experiment_id TEXT NOT NULL, 
	run BIGINT NOT NULL, 
	part BIGINT NOT NULL, 
	packed BLOB NOT NULL, 
	PRIMARY KEY (experiment_id, run, part)
);
CREATE TABLE experiments (
	project_id INTEGER NOT NULL, 
	dataset_id TEXT NOT NULL, 
	dataset_version BIGINT, 
	num_examples INTEGER, 
	num_repetitions INTEGER DEFAULT '1' NOT NULL, 
	evaluator_keys TEXT DEFAULT '[]' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (project_id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE
);
CREATE TABLE feedback_configs (
	name TEXT NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	is_enforced BOOLEAN DEFAULT 0 NOT NULL, 
	lower_is_better BOOLEAN, 
	modified_at BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE feedback_tokens (
	id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	config TEXT DEFAULT 'null' NOT NULL, 
	expires_at BIGINT NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE gateway_guardrails (
	name TEXT NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE gateway_keys (
	id INTEGER NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	hint TEXT DEFAULT '' NOT NULL, 
	key_hash TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	models TEXT DEFAULT '[]' NOT NULL, 
	requests_per_minute BIGINT, 
	tokens_per_minute BIGINT, 
	budget_nano BIGINT, 
	period TEXT DEFAULT 'month' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	revoked_at BIGINT, guardrails TEXT DEFAULT '[]' NOT NULL, team_id BIGINT, blocked_at BIGINT, 
	PRIMARY KEY (id), 
	UNIQUE (key_hash), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE gateway_routes (
	name TEXT NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE gateway_spending (
	key_id INTEGER NOT NULL, 
	period_start BIGINT NOT NULL, 
	nano BIGINT NOT NULL, 
	PRIMARY KEY (key_id, period_start), 
	FOREIGN KEY(key_id) REFERENCES gateway_keys (id) ON DELETE CASCADE
);
CREATE TABLE gateway_team_spending (
	team_id INTEGER NOT NULL, 
	period_start BIGINT NOT NULL, 
	nano BIGINT NOT NULL, 
	PRIMARY KEY (team_id, period_start), 
	FOREIGN KEY(team_id) REFERENCES gateway_teams (id) ON DELETE CASCADE
);
CREATE TABLE gateway_teams (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	models TEXT DEFAULT '[]' NOT NULL, 
	requests_per_minute BIGINT, 
	tokens_per_minute BIGINT, 
	budget_nano BIGINT, 
	period TEXT DEFAULT 'month' NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE jobs (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	project_id INTEGER, 
	arguments TEXT DEFAULT '{}' NOT NULL, 
	status TEXT DEFAULT 'queued' NOT NULL, 
	progress FLOAT, 
	message TEXT DEFAULT '' NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	result TEXT DEFAULT 'null' NOT NULL, 
	owner TEXT DEFAULT '' NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	seen_at BIGINT, 
	finished_at BIGINT, cancelled_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE model_providers (
	name TEXT NOT NULL, 
	kind TEXT DEFAULT 'openai' NOT NULL, 
	base_url TEXT DEFAULT '' NOT NULL, 
	sealed_key TEXT DEFAULT '' NOT NULL, 
	key_hint TEXT DEFAULT '' NOT NULL, 
	models TEXT DEFAULT '[]' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE prices (
	id INTEGER NOT NULL, 
	project_id INTEGER, 
	model TEXT NOT NULL, 
	provider TEXT DEFAULT '' NOT NULL, 
	valid_from TEXT DEFAULT '' NOT NULL, 
	prices TEXT NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE project_budgets (
	project_id INTEGER NOT NULL, 
	budget TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (project_id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE projects (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	retention_days INTEGER, 
	masking TEXT DEFAULT '[]' NOT NULL, 
	demo BOOLEAN DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	deleted_at BIGINT
, uuid TEXT, kind TEXT DEFAULT 'project' NOT NULL, extra TEXT DEFAULT '{}' NOT NULL, started_at BIGINT, ended_at BIGINT);
CREATE TABLE prompt_commits (
	id TEXT NOT NULL, 
	prompt_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	parent_hash TEXT DEFAULT '' NOT NULL, 
	manifest TEXT NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	downloads INTEGER DEFAULT '0' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(prompt_id) REFERENCES prompts (id) ON DELETE CASCADE
);
CREATE TABLE prompt_labels (
	prompt_id TEXT NOT NULL, 
	label TEXT NOT NULL, 
	commit_id TEXT NOT NULL, 
	moved_by TEXT DEFAULT '' NOT NULL, 
	moved_at BIGINT NOT NULL, 
	PRIMARY KEY (prompt_id, label), 
	FOREIGN KEY(prompt_id) REFERENCES prompts (id) ON DELETE CASCADE, 
	FOREIGN KEY(commit_id) REFERENCES prompt_commits (id) ON DELETE CASCADE
);
CREATE TABLE prompt_likes (
	prompt_id TEXT NOT NULL, 
	account TEXT NOT NULL, 
	PRIMARY KEY (prompt_id, account), 
	FOREIGN KEY(prompt_id) REFERENCES prompts (id) ON DELETE CASCADE
);
CREATE TABLE prompts (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT DEFAULT 'prompt' NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	readme TEXT DEFAULT '' NOT NULL, 
	tags TEXT DEFAULT '[]' NOT NULL, 
	is_public BOOLEAN DEFAULT 0 NOT NULL, 
	is_archived BOOLEAN DEFAULT 0 NOT NULL, 
	downloads INTEGER DEFAULT '0' NOT NULL, 
	views INTEGER DEFAULT '0' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE release_events (
	id INTEGER NOT NULL, 
	release_id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT DEFAULT '' NOT NULL, 
	action TEXT DEFAULT '' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	status TEXT DEFAULT '' NOT NULL, 
	stage BIGINT DEFAULT '0' NOT NULL, 
	share FLOAT DEFAULT '0' NOT NULL, 
	figures TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(release_id) REFERENCES releases (id) ON DELETE CASCADE
);
CREATE TABLE release_spending (
	release_id TEXT NOT NULL, 
	day BIGINT NOT NULL, 
	nano BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (release_id, day), 
	FOREIGN KEY(release_id) REFERENCES releases (id) ON DELETE CASCADE
);
CREATE TABLE releases (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	config TEXT DEFAULT '{}' NOT NULL, 
	status TEXT DEFAULT 'running' NOT NULL, 
	step BIGINT DEFAULT '0' NOT NULL, 
	stage BIGINT DEFAULT '0' NOT NULL, 
	salt TEXT DEFAULT '' NOT NULL, 
	revision BIGINT DEFAULT '0' NOT NULL, 
	taken_place TEXT, 
	figures TEXT, 
	looked_at BIGINT, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	step_since BIGINT NOT NULL, 
	ended_at BIGINT, 
	owner TEXT DEFAULT '' NOT NULL, 
	owner_seen BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE rule_counts (
	rule_id TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	n BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (rule_id, outcome, reason), 
	FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE
);
CREATE TABLE rule_hours (
	rule_id TEXT NOT NULL, 
	hour BIGINT NOT NULL, 
	matched BIGINT DEFAULT '0' NOT NULL, 
	share FLOAT DEFAULT '1' NOT NULL, 
	PRIMARY KEY (rule_id, hour), 
	FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE
);
CREATE TABLE rule_outcomes (
	rule_id TEXT NOT NULL, 
	entity TEXT NOT NULL, 
	rule_version BIGINT DEFAULT '1' NOT NULL, 
	trace_id TEXT DEFAULT '' NOT NULL, 
	span_id TEXT DEFAULT '' NOT NULL, 
	session_id TEXT DEFAULT '' NOT NULL, 
	outcome TEXT NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	detail TEXT DEFAULT '' NOT NULL, 
	attempts BIGINT DEFAULT '0' NOT NULL, 
	value FLOAT, 
	label TEXT DEFAULT '' NOT NULL, 
	cost BIGINT, 
	mark TEXT DEFAULT '' NOT NULL, 
	at BIGINT NOT NULL, share FLOAT, 
	PRIMARY KEY (rule_id, entity), 
	FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE
);
CREATE TABLE rule_spend (
	rule_id TEXT NOT NULL, 
	hour BIGINT NOT NULL, 
	calls BIGINT DEFAULT '0' NOT NULL, 
	spent BIGINT DEFAULT '0' NOT NULL, tokens BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (rule_id, hour), 
	FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE
);
CREATE TABLE rule_waiting (
	rule_id TEXT NOT NULL, 
	entity TEXT NOT NULL, 
	trace_id TEXT DEFAULT '' NOT NULL, 
	span_id TEXT DEFAULT '' NOT NULL, 
	session_id TEXT DEFAULT '' NOT NULL, 
	job_id TEXT DEFAULT '' NOT NULL, 
	attempts BIGINT DEFAULT '0' NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	found_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, share FLOAT, hour BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (rule_id, entity), 
	FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE
);
CREATE TABLE rules (
	id TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	evaluator_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	enabled BOOLEAN DEFAULT 1 NOT NULL, 
	unit TEXT DEFAULT 'trace' NOT NULL, 
	filter TEXT DEFAULT '' NOT NULL, 
	sampling_rate FLOAT DEFAULT '1' NOT NULL, 
	mapping TEXT DEFAULT '{}' NOT NULL, 
	budget TEXT DEFAULT '{}' NOT NULL, 
	idle_minutes FLOAT DEFAULT '5' NOT NULL, 
	version BIGINT DEFAULT '1' NOT NULL, 
	seen BIGINT DEFAULT '0' NOT NULL, 
	state TEXT DEFAULT '' NOT NULL, 
	state_at BIGINT, 
	spent BIGINT DEFAULT '0' NOT NULL, 
	last_at BIGINT, 
	owner TEXT DEFAULT '' NOT NULL, 
	owner_seen BIGINT DEFAULT '0' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, sampling TEXT DEFAULT '{}' NOT NULL, guard TEXT DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE, 
	FOREIGN KEY(evaluator_id) REFERENCES evaluators (id) ON DELETE CASCADE
);
CREATE TABLE settings (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE shares (
	token TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	target TEXT NOT NULL, 
	project_id INTEGER, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (token)
);
CREATE TABLE storage_samples (
	hour BIGINT NOT NULL, 
	project_id INTEGER NOT NULL, 
	bytes BIGINT NOT NULL, 
	row_count BIGINT NOT NULL, 
	PRIMARY KEY (hour, project_id)
);
CREATE TABLE views (
	id INTEGER NOT NULL, 
	project_id INTEGER, 
	name TEXT NOT NULL, 
	scope TEXT DEFAULT 'traces' NOT NULL, 
	filter TEXT DEFAULT '' NOT NULL, 
	columns TEXT DEFAULT '[]' NOT NULL, 
	order_by TEXT DEFAULT '' NOT NULL, 
	options TEXT DEFAULT '{}' NOT NULL, 
	created_by TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
CREATE TABLE waiting_feedback (
	id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE UNIQUE INDEX alert_channels_by_name ON alert_channels (name);
CREATE INDEX alert_events_newest ON alert_events (rule_id, at, id);
CREATE INDEX alert_events_of_message ON alert_event_messages (message_id);
CREATE INDEX alert_messages_due ON alert_messages (ended_at, due_at);
CREATE INDEX alert_rules_of_project ON alert_rules (project_id);
CREATE INDEX annotation_items_by_run ON annotation_items (run_id);
CREATE INDEX annotation_items_in_order ON annotation_items (queue_id, added_at, id);
CREATE UNIQUE INDEX annotation_items_once ON annotation_items (queue_id, run_id, other_run_id) WHERE thread_id = '';
CREATE INDEX annotation_items_open ON annotation_items (queue_id, added_at, id) WHERE completed_at IS NULL;
CREATE INDEX annotation_reviews_of ON annotation_reviews (reviewer, status);
CREATE UNIQUE INDEX annotation_threads_once ON annotation_items (queue_id, project_id, thread_id) WHERE thread_id != '';
CREATE UNIQUE INDEX budgets_by_name ON budgets (project_id, name);
CREATE UNIQUE INDEX dashboards_by_name ON dashboards (project_id, name);
CREATE INDEX examples_of_dataset ON examples (dataset_id, until, created_at, id);
CREATE INDEX experiments_of_dataset ON experiments (dataset_id);
CREATE INDEX jobs_by_status ON jobs (status, created_at);
CREATE UNIQUE INDEX projects_by_name ON projects (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX projects_by_uuid ON projects (uuid);
CREATE UNIQUE INDEX prompt_commits_by_hash ON prompt_commits (prompt_id, hash);
CREATE UNIQUE INDEX prompt_commits_by_number ON prompt_commits (prompt_id, number);
CREATE INDEX release_events_of ON release_events (release_id, id);
CREATE INDEX rule_outcomes_newest ON rule_outcomes (rule_id, at, entity);
CREATE INDEX rule_waiting_due ON rule_waiting (due_at);
CREATE INDEX rule_waiting_of_job ON rule_waiting (job_id);
CREATE INDEX rules_of_evaluator ON rules (evaluator_id);
CREATE UNIQUE INDEX shares_by_target ON shares (kind, target);
CREATE INDEX waiting_feedback_by_run ON waiting_feedback (run_id);
