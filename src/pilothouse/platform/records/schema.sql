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
	finished_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
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
CREATE TABLE projects (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	retention_days INTEGER, 
	masking TEXT DEFAULT '[]' NOT NULL, 
	demo BOOLEAN DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	deleted_at BIGINT
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
CREATE INDEX jobs_by_status ON jobs (status, created_at);
CREATE UNIQUE INDEX projects_by_name ON projects (name) WHERE deleted_at IS NULL;
