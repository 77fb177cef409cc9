/*
 * What only a store in a file can promise: it survives kill -9 and a full
 * disk, keeps a second process out, and never takes a file that is damaged,
 * foreign or newer, nor makes a new one in its place.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <uv.h>

#include "audit_verify.h"
#include "sqlite_check.h"
#include "sqlite_db.h"
#include "store.h"

enum { KILLS = 50, OUTSTANDING = 4 };

/* A directory for one test, emptied at its end. */
struct place {
	char directory[64];
	char path[80];
};

static const char *const endings[] = {
	"", ".lock", "-wal", "-shm", ".new", ".new-journal", ".new-wal",
};

static void place_make(struct place *place)
{
	*place = (struct place){ .directory = "/tmp/enclave-store-XXXXXX" };
	assert_non_null(mkdtemp(place->directory));
	(void)snprintf(place->path, sizeof(place->path), "%s/enclave.db",
		       place->directory);
}

static void place_empty(const struct place *place)
{
	for (size_t i = 0; i < ENC_COUNT(endings); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", place->path,
			       endings[i]);
		(void)unlink(path);
	}
}

static void place_remove(const struct place *place)
{
	place_empty(place);
	assert_int_equal(rmdir(place->directory), 0);
}

struct bench {
	uv_loop_t loop;
	struct enc_store *store;
	enum enc_code last; /* as reported */
	size_t reported;
	struct enc_error err;
};

/* try_open() - a store at a place, or why not */
static enum enc_code try_open(struct bench *bench, const struct place *place)
{
	const struct enc_store_options options = {
		.loop = &bench->loop,
		.path = place->path,
	};
	enum enc_code code;

	*bench = (struct bench){ .last = ENC_OK };
	ENC_ASSERT(uv_loop_init(&bench->loop) == 0);
	code = enc_store_open(&enc_store_sqlite, &options, &bench->store,
			      &bench->err);
	if (code != ENC_OK) {
		ENC_ASSERT(uv_loop_close(&bench->loop) == 0);
	}
	return code;
}

static void bench_open(struct bench *bench, const struct place *place)
{
	if (try_open(bench, place) != ENC_OK) {
		fail_msg("%s", bench->err.message);
	}
}

static void bench_close(struct bench *bench)
{
	enc_store_flush_and_free(bench->store);
	ENC_ASSERT(uv_run(&bench->loop, UV_RUN_DEFAULT) == 0);
	ENC_ASSERT(uv_loop_close(&bench->loop) == 0);
}

static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct bench *bench = context;

	bench->last = code;
	bench->reported++;
	if (err != NULL) {
		bench->err = *err;
	}
}

/* submit() - and wait; what was reported */
static enum enc_code submit(struct bench *bench,
			    struct enc_store_change *change)
{
	enc_store_submit(bench->store, change, on_durable, bench);
	ENC_ASSERT(uv_run(&bench->loop, UV_RUN_DEFAULT) == 0);
	return bench->last;
}

static void put_org(struct enc_store_change *change)
{
	const struct enc_store_org row = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
		.number = 1,
		.name = "one",
	};

	enc_store_insert(change, &row.base);
}

static void put_admin(struct enc_store_change *change)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(ORPHAN_REAPED);

	enc_store_append_admin(change, &event, 1000);
}

/* ---- a session that writes its log ---- */

struct writer {
	struct enc_audit_chain chain;
	char id[32];
	uint64_t number;
};

static const struct enc_store_range everything;
static const struct enc_store_page all_entries;

static const char digest[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* writer_begin() - the change set that creates it */
static struct enc_store_change *writer_begin(struct writer *writer,
					     uint64_t number)
{
	const struct enc_audit_genesis genesis = {
		.org_id = "o-1",
		.sid = writer->id,
		.request_sha256 = digest,
		.policy_sha256 = digest,
		.environment_sha256 = digest,
	};
	struct enc_store_session row = {
		.id = writer->id,
		.org = "o-1",
		.number = number,
		.name = "",
		.phase = "running",
		.outcome = "",
		.record = "{}",
	};
	ENC_AUTO(buf) text = ENC_BUF(ENC_AUDIT_GENESIS_MAX_BYTES + 1);
	struct enc_store_change *change = enc_store_change_new();

	writer->number = number;
	(void)snprintf(writer->id, sizeof(writer->id), "s-%llu",
		       (unsigned long long)number);
	ENC_ASSERT(enc_audit_chain_begin(&writer->chain, &genesis, &text,
					 NULL) == ENC_OK);
	ENC_ASSERT(enc_buf_append(&text, "", 1) == 0);
	row.genesis = (const char *)enc_buf_bytes(&text);
	enc_store_insert_session(change, &row);
	return change;
}

/* writer_line() - the next line, with a new record of the session */
static struct enc_store_change *writer_line(struct writer *writer)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(SYSCALL_DENIED);
	ENC_AUTO(buf) line = ENC_BUF(ENC_AUDIT_LINE_MAX_BYTES);
	struct enc_store_change *change = enc_store_change_new();
	uint64_t seq = writer->chain.next_seq;
	struct enc_store_entry entry = { .seq = seq + 1,
					 .kind = ENC_ENTRY_AUDIT };
	char record[64];
	const struct enc_store_session row = {
		.id = writer->id,
		.org = "o-1",
		.phase = "running",
		.outcome = "",
		.record = record,
	};

	(void)snprintf(record, sizeof(record), "{\"lines\":%llu}",
		       (unsigned long long)seq + 1);
	enc_audit_put_string(&event, "name", "bpf");
	enc_audit_put_int(&event, "count", (int64_t)seq);
	ENC_ASSERT(enc_audit_chain_append(&writer->chain, &event, 1000, &line,
					  NULL) == ENC_OK);
	entry.data = enc_buf_bytes(&line);
	entry.length = line.length;
	enc_store_append_entry(change, writer->id, seq, &entry);
	enc_store_update_session(change, &row);
	return change;
}

static bool feed_line(void *context, uint64_t seq, const char *line,
		      size_t length)
{
	struct enc_audit_verifier *verifier = context;

	(void)seq;
	enc_audit_verifier_feed(verifier, (const uint8_t *)line, length);
	enc_audit_verifier_feed(verifier, (const uint8_t *)"\n", 1);
	return true;
}

static bool feed_entry(void *context, const struct enc_store_entry *entry)
{
	return feed_line(context, 0, entry->data, entry->length);
}

/* check_log() - what is stored verifies; the record tells of the same lines */
static uint64_t check_log(struct bench *bench, const char *id)
{
	struct enc_audit_verifier *verifier = enc_audit_verifier_new();
	ENC_AUTO(store_session) row = { 0 };
	struct enc_audit_report report;
	char record[64] = "{}";

	assert_int_equal(enc_store_get_session(bench->store, "o-1", id, &row,
					       NULL),
			 ENC_OK);
	(void)feed_line(verifier, 0, row.genesis, strlen(row.genesis));
	assert_int_equal(enc_store_read_entries(bench->store, id, &all_entries,
						feed_entry, verifier, NULL),
			 ENC_OK);
	enc_audit_verifier_end(verifier, &report);
	enc_audit_verifier_free(verifier);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_OPEN);
	assert_int_equal(report.events, row.last_seq);
	if (row.last_seq > 0) {
		(void)snprintf(record, sizeof(record), "{\"lines\":%llu}",
			       (unsigned long long)row.last_seq);
	}
	assert_string_equal(row.record, record);
	return report.events;
}

/* ---- kill -9 ---- */

struct child {
	struct bench bench;
	struct writer writer;
	int acks;
};

/* on_line() - tell the parent, then keep the writer busy */
static void on_line(void *context, enum enc_code code,
		    const struct enc_error *err)
{
	struct child *child = context;

	(void)err;
	ENC_ASSERT(code == ENC_OK);
	ENC_ASSERT(write(child->acks, "a", 1) == 1);
	enc_store_submit(child->bench.store, writer_line(&child->writer),
			 on_line, child);
}

/* append_forever() - the child; it ends by a signal only */
static _Noreturn void append_forever(const struct place *place, uint64_t number,
				     int acks)
{
	struct child child = { .acks = acks };

	ENC_ASSERT(try_open(&child.bench, place) == ENC_OK);
	child.acks = acks;
	enc_store_submit(child.bench.store, writer_begin(&child.writer, number),
			 NULL, NULL);
	for (int i = 0; i < OUTSTANDING; i++) {
		enc_store_submit(child.bench.store, writer_line(&child.writer),
				 on_line, &child);
	}
	(void)uv_run(&child.bench.loop, UV_RUN_DEFAULT);
	abort();
}

/* kill_after() - run a child until so many lines are durable, then kill it */
static void kill_after(const struct place *place, uint64_t number, size_t lines)
{
	int status = 0;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		append_forever(place, number, ends[1]);
	}
	(void)close(ends[1]);
	for (size_t i = 0; i < lines; i++) {
		char ack;

		assert_int_equal(read(ends[0], &ack, 1), 1);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	(void)close(ends[0]);
}

static void test_kill(void **state)
{
	struct place place;
	struct bench bench;

	(void)state;
	place_make(&place);
	bench_open(&bench, &place);
	{
		struct enc_store_change *change = enc_store_change_new();

		put_org(change);
		assert_int_equal(submit(&bench, change), ENC_OK);
	}
	bench_close(&bench);
	for (uint64_t i = 1; i <= KILLS; i++) {
		size_t lines = (size_t)(i * 7 % 23) + 1;
		char id[32];

		kill_after(&place, i, lines);
		bench_open(&bench, &place);
		(void)snprintf(id, sizeof(id), "s-%llu", (unsigned long long)i);
		assert_true(check_log(&bench, id) >= lines);
		bench_close(&bench);
	}
	place_remove(&place);
}

/* ---- opening ---- */

/* All of it is there again, and all that counts goes on. */
static void test_reopen(void **state)
{
	struct place place;
	struct bench bench;

	(void)state;
	place_make(&place);
	for (uint64_t i = 1; i <= 3; i++) {
		struct writer writer;
		struct enc_store_change *change;
		uint64_t number = 0;

		bench_open(&bench, &place);
		if (i == 1) {
			change = enc_store_change_new();
			put_org(change);
			assert_int_equal(submit(&bench, change), ENC_OK);
		}
		assert_int_equal(enc_store_next_session_number(bench.store,
							       "o-1", &number,
							       NULL),
				 ENC_OK);
		assert_int_equal(number, i);
		change = writer_begin(&writer, number);
		put_admin(change);
		assert_int_equal(submit(&bench, change), ENC_OK);
		for (uint64_t k = 0; k < i; k++) {
			assert_int_equal(submit(&bench, writer_line(&writer)),
					 ENC_OK);
		}
		bench_close(&bench);
	}
	bench_open(&bench, &place);
	{
		struct enc_audit_verifier *v = enc_audit_verifier_new();
		const char *genesis = enc_store_admin_genesis(bench.store);
		struct enc_audit_report report;

		(void)feed_line(v, 0, genesis, strlen(genesis));
		assert_int_equal(enc_store_read_admin(bench.store, &everything,
						      feed_line, v, NULL),
				 ENC_OK);
		enc_audit_verifier_end(v, &report);
		enc_audit_verifier_free(v);
		assert_int_equal(report.events, 3);
		assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_OPEN);
	}
	assert_int_equal(check_log(&bench, "s-1"), 1);
	assert_int_equal(check_log(&bench, "s-3"), 3);
	bench_close(&bench);
	place_remove(&place);
}

/* A second store, also one in another process, is refused; the first goes on */
static void test_second(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	struct bench second;
	struct place place;
	struct bench bench;
	int status = 0;
	pid_t pid;

	(void)state;
	place_make(&place);
	bench_open(&bench, &place);
	assert_int_equal(try_open(&second, &place), ENC_CONFLICT);
	assert_non_null(strstr(second.err.message,
			       "another process has the store"));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(try_open(&second, &place) == ENC_CONFLICT ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	bench_close(&bench);
	bench_open(&bench, &place);
	bench_close(&bench);
	place_remove(&place);
}

/* Another program that holds SQLite's lock: later, but not never. */
static void test_held(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	sqlite3 *other = NULL;
	struct place place;
	struct bench bench;

	(void)state;
	place_make(&place);
	bench_open(&bench, &place);
	assert_int_equal(sqlite3_open(place.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_UNAVAILABLE);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	change = enc_store_change_new();
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	bench_close(&bench);
	place_remove(&place);
}

/* ---- files that are refused ---- */

/* run_sql() - on the file, behind our back; checksums stay right */
static void run_sql(const struct place *place, const char *sql)
{
	sqlite3 *other = NULL;
	int keep = 1;

	assert_int_equal(sqlite3_open_v2(place->path, &other,
					 SQLITE_OPEN_READWRITE,
					 enc_sqlite_check_vfs()),
			 SQLITE_OK);
	assert_int_equal(sqlite3_file_control(other, "main",
					      SQLITE_FCNTL_PERSIST_WAL, &keep),
			 SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* overwrite() - bytes of the file, from an offset */
static void overwrite(const struct place *place, off_t at, const char *text,
		      size_t length)
{
	int fd = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, length, at), (ssize_t)length);
	(void)close(fd);
}

static void cut(const struct place *place, off_t length)
{
	assert_int_equal(truncate(place->path, length), 0);
}

static const struct damage {
	const char *name;
	const char *sql;  /* run on a good store, or */
	off_t cut_to;	  /* cut it, if above -1, or */
	off_t at;	  /* write text there */
	const char *text; /* NULL: none */
	enum enc_code code;
	const char *says;
} damages[] = {
	{ "empty", NULL, 0, 0, NULL, ENC_INTERNAL, "it is no store of ours" },
	{ "cut in the header", NULL, 50, 0, NULL, ENC_INTERNAL, "" },
	{ "cut to a page", NULL, 4096, 0, NULL, ENC_INTERNAL, "" },
	{ "cut by a page", NULL, -2, 0, NULL, ENC_INTERNAL, "" },
	{ "text", NULL, -1, 0, "this is not a database, only a text",
	  ENC_INTERNAL, "file is not a database" },
	{ "a page overwritten", NULL, -1, 4096, "xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	  ENC_INTERNAL, "page 2 of the store is damaged" },
	{ "a byte of a page's end", NULL, -1, 3 * 4096 - 1, "x", ENC_INTERNAL,
	  "page 3 of the store is damaged" },
	{ "a reserved size of none", NULL, -1, 20, "x", ENC_INTERNAL, "" },
	{ "foreign", "PRAGMA application_id = 7", -1, 0, NULL, ENC_INTERNAL,
	  "it is no store of ours" },
	{ "no version", "PRAGMA user_version = 0", -1, 0, NULL, ENC_INTERNAL,
	  "it is no store of ours" },
	{ "newer", "PRAGMA user_version = 99", -1, 0, NULL, ENC_VERSION,
	  "it is of schema 99, this program knows " },
	{ "older", "PRAGMA user_version = 1", -1, 0, NULL, ENC_VERSION,
	  "it is of schema 1, which this program, of schema " },
	{ "a table is gone", "DROP TABLE entries", -1, 0, NULL, ENC_INTERNAL,
	  "the store's schema is not ours: no such table" },
	{ "a column is gone", "ALTER TABLE results RENAME COLUMN json TO o", -1,
	  0, NULL, ENC_INTERNAL, "the store's schema is not ours" },
	{ "no admin genesis", "DELETE FROM meta", -1, 0, NULL, ENC_INTERNAL,
	  "admin log is damaged" },
	{ "admin line changed",
	  "UPDATE admin SET line = replace(line, 'orphan_', 'orphin_')", -1, 0,
	  NULL, ENC_INTERNAL, "the last stored audit line is damaged" },
};

/* damage() - a good, closed store, made bad */
static void damage(const struct place *place, const struct damage *row)
{
	struct stat about;

	assert_int_equal(stat(place->path, &about), 0);
	if (row->sql != NULL) {
		run_sql(place, row->sql);
	} else if (row->text != NULL) {
		overwrite(place, row->at, row->text, strlen(row->text));
	} else {
		cut(place,
		    row->cut_to == -2 ? about.st_size - 4096 : row->cut_to);
	}
}

/* digest_of() - of the file's bytes */
static void digest_of(const struct place *place,
		      char ret_hex[ENC_SHA256_HEX_BYTES])
{
	struct enc_sha256 *sum = enc_sha256_new();
	FILE *file = fopen(place->path, "re");
	char piece[4096];
	size_t got;

	assert_non_null(file);
	enc_sha256_begin(sum);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
		enc_sha256_add(sum, piece, got);
	}
	enc_sha256_end(sum, ret_hex);
	enc_sha256_free(sum);
	assert_int_equal(fclose(file), 0);
}

static void test_damages(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(damages); i++) {
		struct enc_store_change *change = enc_store_change_new();
		char before[ENC_SHA256_HEX_BYTES];
		char after[ENC_SHA256_HEX_BYTES];
		enum enc_code code;
		struct place place;
		struct bench bench;

		place_make(&place);
		bench_open(&bench, &place);
		put_org(change);
		put_admin(change);
		assert_int_equal(submit(&bench, change), ENC_OK);
		bench_close(&bench);
		damage(&place, &damages[i]);
		digest_of(&place, before);
		code = try_open(&bench, &place);
		digest_of(&place, after);
		if (code != damages[i].code ||
		    strstr(bench.err.message, damages[i].says) == NULL ||
		    strcmp(before, after) != 0) {
			fail_msg("%s: %d %s", damages[i].name, (int)code,
				 bench.err.message);
		}
		place_remove(&place);
	}
}

/* The store is gone but not its log: a new one would take what isn't its own */
static void test_log_without_store(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	struct place place;
	struct bench bench;
	char log[128];
	int fd;

	(void)state;
	place_make(&place);
	(void)snprintf(log, sizeof(log), "%s-wal", place.path);
	fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(try_open(&bench, &place), ENC_INTERNAL);
	assert_non_null(strstr(bench.err.message, "its log"));
	assert_int_equal(access(place.path, F_OK), -1);
	assert_int_equal(unlink(log), 0);
	/* A making that was cut off is made anew. */
	(void)snprintf(log, sizeof(log), "%s.new", place.path);
	fd = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "half", 4), 4);
	(void)close(fd);
	bench_open(&bench, &place);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	bench_close(&bench);
	assert_int_equal(access(log, F_OK), -1);
	place_remove(&place);
}

/* make_ending() - an empty file beside the store */
static void make_ending(const struct place *place, const char *ending)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s%s", place->path, ending);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
}

/* Before version 2 no page had a checksum: it is old, not damaged. */
static void test_old_with_its_log(void **state)
{
	struct place place;
	struct bench bench;

	(void)state;
	place_make(&place);
	bench_open(&bench, &place);
	bench_close(&bench);
	run_sql(&place, "PRAGMA user_version = 1");
	overwrite(&place, 4096 - 1, "x", 1);
	make_ending(&place, "-wal");
	assert_int_equal(try_open(&bench, &place), ENC_VERSION);
	assert_non_null(strstr(bench.err.message, "it is of schema 1"));
	place_remove(&place);
}

/* remove_ending() - and whether there was such a file */
static void remove_ending(const struct place *place, const char *ending)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s%s", place->path, ending);
	assert_int_equal(unlink(path), 0);
}

/* Killed when the log had its name and the store not yet: made anew. */
static void test_making_is_cut_off(void **state)
{
	struct place place;
	struct bench bench;

	(void)state;
	place_make(&place);
	make_ending(&place, "-wal");
	make_ending(&place, ".new");
	make_ending(&place, ".new-journal");
	bench_open(&bench, &place);
	bench_close(&bench);
	/* What looks alike isn't touched once there is something in the log. */
	assert_int_equal(unlink(place.path), 0);
	make_ending(&place, ".new");
	{
		char log[128];

		(void)snprintf(log, sizeof(log), "%s-wal", place.path);
		assert_int_equal(truncate(log, 10), 0);
	}
	assert_int_equal(try_open(&bench, &place), ENC_INTERNAL);
	assert_int_equal(access(place.path, F_OK), -1);
	place_remove(&place);
}

/* The store without its log: what was acknowledged last would be forgotten. */
static void test_store_without_log(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	char before[ENC_SHA256_HEX_BYTES];
	char after[ENC_SHA256_HEX_BYTES];
	struct place place;
	struct bench bench;

	(void)state;
	place_make(&place);
	bench_open(&bench, &place);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	bench_close(&bench);
	kill_after(&place, 1, 5);
	remove_ending(&place, "-wal");
	digest_of(&place, before);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(try_open(&bench, &place), ENC_INTERNAL);
		assert_non_null(strstr(bench.err.message, "its log"));
		assert_non_null(strstr(bench.err.message, "enclave.db-wal"));
		assert_non_null(strstr(bench.err.message, "an empty file"));
	}
	digest_of(&place, after);
	assert_string_equal(before, after);
	remove_ending(&place, "-shm");
	make_ending(&place, "-wal");
	bench_open(&bench, &place); /* as somebody said it shall be */
	bench_close(&bench);
	place_remove(&place);
}

/* Nobody else may read it, and a link leads nowhere. */
static void test_file_modes(void **state)
{
	struct place place;
	struct bench bench;
	struct stat about;
	char other[128];

	(void)state;
	place_make(&place);
	bench_open(&bench, &place);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(other, sizeof(other), "%s%s", place.path,
			       endings[i]);
		assert_int_equal(stat(other, &about), 0);
		assert_int_equal(about.st_mode & 0777, 0600);
	}
	bench_close(&bench);
	(void)snprintf(other, sizeof(other), "%s.new", place.path);
	assert_int_equal(rename(place.path, other), 0);
	assert_int_equal(symlink(other, place.path), 0);
	assert_int_not_equal(try_open(&bench, &place), ENC_OK);
	place_remove(&place);
}

/* ---- a full disk ---- */

/* result_of() - a change set with a session and much output */
static struct enc_store_change *result_of(struct writer *writer,
					  uint64_t number, size_t length)
{
	struct enc_store_change *change = writer_begin(writer, number);
	uint8_t out[ENC_STORE_ENTRY_MAX_BYTES];
	struct enc_store_entry entry = { .kind = ENC_ENTRY_STDOUT,
					 .data = out };
	const struct enc_store_result row = {
		.session = writer->id,
		.record = "{}",
	};

	memset(out, 'x', sizeof(out));
	for (; length > 0; length -= entry.length) {
		entry.seq++;
		entry.length = ENC_MIN(length, sizeof(out));
		enc_store_append_entry(change, writer->id, entry.seq - 1,
				       &entry);
	}
	enc_store_insert_result(change, &row);
	return change;
}

/* ---- damage that is met while it serves ---- */

enum { LONG_FILE_BYTES = 34 << 20 }; /* more than is read at an opening */

/* fill_to() - sessions with results, until the file is as long */
static uint64_t fill_to(const struct place *place, off_t size)
{
	struct enc_store_change *change = enc_store_change_new();
	struct writer writer;
	struct bench bench;
	struct stat about;
	uint64_t number = 0;

	bench_open(&bench, place);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	do {
		number++;
		assert_int_equal(submit(&bench,
					result_of(&writer, number, 1 << 20)),
				 ENC_OK);
		assert_int_equal(stat(place->path, &about), 0);
	} while (about.st_size < size);
	bench_close(&bench);
	return number;
}

/* page_with() - the first page, from 0, that contains a text; of any but one */
static off_t page_with(const struct place *place, const char *text)
{
	static char page[ENC_SQLITE_PAGE_BYTES];
	int fd = open(place->path, O_RDONLY | O_CLOEXEC);
	off_t at = 1;

	assert_true(fd >= 0);
	for (;; at++) {
		assert_int_equal(pread(fd, page, sizeof(page),
				       at * (off_t)sizeof(page)),
				 sizeof(page));
		if (memmem(page, sizeof(page), text, strlen(text)) != NULL) {
			break;
		}
	}
	(void)close(fd);
	return at;
}

/* flip() - a bit of a page, or back */
static void flip(const struct place *place, off_t page)
{
	off_t at = page * ENC_SQLITE_PAGE_BYTES + 2000;
	int fd = open(place->path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte = (char)(byte ^ 4);
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	(void)close(fd);
}

static bool see_x(void *context, const struct enc_store_entry *entry)
{
	const uint8_t *bytes = entry->data;

	(void)context;
	assert_int_equal(bytes[entry->length / 2], 'x');
	return true;
}

/* get_result() - the output of a session */
static enum enc_code get_result(struct bench *bench, uint64_t number)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "s-%llu", (unsigned long long)number);
	return enc_store_read_entries(bench->store, id, &all_entries, see_x,
				      NULL, &bench->err);
}

/* One thing can't be had; all others can, and the store goes on. */
static void test_damage_meets_a_reader(void **state)
{
	struct writer writer;
	struct place place;
	struct bench bench;
	uint64_t count;
	off_t page;

	(void)state;
	place_make(&place);
	count = fill_to(&place, LONG_FILE_BYTES);
	/* The first result is the first that is full of x. */
	page = page_with(&place, "xxxxxxxxxxxxxxxx");
	flip(&place, page);
	bench_open(&bench, &place);
	for (int i = 0; i < 2; i++) {
		char said[64];

		assert_int_equal(get_result(&bench, 1), ENC_INTERNAL);
		(void)snprintf(said, sizeof(said), "page %lld of the store",
			       (long long)page + 1);
		assert_non_null(strstr(bench.err.message, said));
		assert_int_equal(get_result(&bench, 2), ENC_OK);
	}
	assert_int_equal(submit(&bench, result_of(&writer, count + 1, 1000)),
			 ENC_OK);
	bench_close(&bench);
	bench_open(&bench, &place); /* it isn't a writer's affair */
	flip(&place, page);
	assert_int_equal(get_result(&bench, 1), ENC_OK);
	bench_close(&bench);
	place_remove(&place);
}

/* root_of() - the page, from 0, where a table begins */
static off_t root_of(const struct place *place, const char *table)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *other = NULL;
	off_t page;

	assert_int_equal(sqlite3_open_v2(place->path, &other,
					 SQLITE_OPEN_READONLY,
					 enc_sqlite_check_vfs()),
			 SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(other,
					    "SELECT rootpage FROM sqlite_schema"
					    " WHERE name = ?1",
					    -1, &statement, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_bind_text(statement, 1, table, -1, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	page = sqlite3_column_int(statement, 0) - 1;
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	return page;
}

/* It stops, and isn't opened again until the damage is gone. */
static void test_damage_meets_a_writer(void **state)
{
	struct writer writer;
	struct place place;
	struct bench bench;
	uint64_t number;
	off_t page;

	(void)state;
	place_make(&place);
	number = fill_to(&place, LONG_FILE_BYTES) + 1;
	page = root_of(&place, "results");
	flip(&place, page);
	bench_open(&bench, &place); /* so much isn't read at an opening */
	assert_int_equal(submit(&bench, result_of(&writer, number, 1000)),
			 ENC_INTERNAL);
	assert_non_null(strstr(bench.err.message, "is damaged"));
	/* Now it is stopped, as after any failure of I/O. */
	assert_int_equal(submit(&bench, writer_begin(&writer, number)),
			 ENC_INTERNAL);
	bench_close(&bench);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(try_open(&bench, &place), ENC_INTERNAL);
		assert_non_null(strstr(bench.err.message, "is damaged"));
	}
	flip(&place, page);
	bench_open(&bench, &place);
	assert_int_equal(submit(&bench, result_of(&writer, number, 1000)),
			 ENC_OK);
	bench_close(&bench);
	flip(&place, page); /* and it doesn't look for ever */
	bench_open(&bench, &place);
	bench_close(&bench);
	place_remove(&place);
}

/* may_mount() - a mount namespace of our own; skips without the right to it */
static void may_mount(void)
{
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
		return;
	}
	assert_null(getenv("ENCLAVE_MUST_RUN"));
	skip();
}

static void test_full_disk(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	struct writer writer;
	struct place place;
	struct bench bench;
	uint64_t number = 0;

	(void)state;
	may_mount();
	place_make(&place);
	assert_int_equal(mount("tmpfs", place.directory, "tmpfs", 0, "size=2m"),
			 0);
	bench_open(&bench, &place);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	while (bench.last == ENC_OK) {
		number++;
		assert_true(number < 100);
		(void)submit(&bench, result_of(&writer, number, 100000));
	}
	assert_int_equal(bench.last, ENC_STORAGE_FULL);
	assert_true(number > 3);
	assert_non_null(strstr(bench.err.message, "make room"));

	/* What was told durable is there, the rest isn't at all. */
	for (uint64_t i = 1; i <= number; i++) {
		ENC_AUTO(store_session) row = { 0 };
		ENC_AUTO(store_result) result = { 0 };
		enum enc_code want = i < number ? ENC_OK : ENC_NOT_FOUND;
		char id[32];

		(void)snprintf(id, sizeof(id), "s-%llu", (unsigned long long)i);
		assert_int_equal(enc_store_get_session(bench.store, "o-1", id,
						       &row, NULL),
				 want);
		assert_int_equal(enc_store_get_result(bench.store, id, &result,
						      NULL),
				 want);
	}
	/* With room again, it goes on. */
	assert_int_equal(mount(NULL, place.directory, NULL, MS_REMOUNT,
			       "size=8m"),
			 0);
	assert_int_equal(submit(&bench, result_of(&writer, number, 100000)),
			 ENC_OK);
	bench_close(&bench);
	bench_open(&bench, &place);
	bench_close(&bench);
	place_empty(&place);
	assert_int_equal(umount(place.directory), 0);
	assert_int_equal(rmdir(place.directory), 0);
}

/* The log is folded into the file, and stays bounded, while it is written. */
static void test_log_is_folded(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	struct writer writer;
	struct place place;
	struct bench bench;
	struct stat about;
	char log[128];

	(void)state;
	place_make(&place);
	(void)snprintf(log, sizeof(log), "%s-wal", place.path);
	bench_open(&bench, &place);
	put_org(change);
	assert_int_equal(submit(&bench, change), ENC_OK);
	for (uint64_t i = 1; i <= 30; i++) {
		assert_int_equal(submit(&bench, result_of(&writer, i, 1 << 20)),
				 ENC_OK);
	}
	assert_int_equal(stat(log, &about), 0);
	assert_true(about.st_size < 12 << 20);
	bench_close(&bench);
	assert_int_equal(stat(log, &about), 0);
	assert_int_equal(about.st_size, 0);
	place_remove(&place);
}

/* ---- plans ---- */

/* scans() - whether a statement goes through a table, or sorts its rows */
static bool scans(sqlite3 *handle, const char *sql)
{
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *plan = NULL;
	bool found = false;

	assert_non_null(text);
	assert_int_equal(sqlite3_prepare_v2(handle, text, -1, &plan, NULL),
			 SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);

		found |= (strncmp(step, "SCAN ", 5) == 0 &&
			  strcmp(step, "SCAN CONSTANT ROW") != 0) ||
			 strcmp(step, "USE TEMP B-TREE FOR ORDER BY") == 0;
	}
	(void)sqlite3_finalize(plan);
	sqlite3_free(text);
	return found;
}

/* look_at_plans() - of one connection; how many statements it has */
static size_t look_at_plans(struct enc_sqlite_db *db)
{
	/* The unfinished by their own index; the last one. */
	static const enum enc_sqlite_statement may[] = {
		ENC_SQLITE_READ_UNFINISHED,
		ENC_SQLITE_READ_LAST_ADMIN,
	};
	size_t seen = 0;

	for (int i = 0; i < ENC_SQLITE_STATEMENT_MAX; i++) {
		sqlite3_stmt *one = db->statements[i];
		bool allowed = false;

		for (size_t k = 0; k < ENC_COUNT(may); k++) {
			allowed |= i == (int)may[k];
		}
		seen += one != NULL;
		if (one != NULL && !allowed &&
		    scans(db->handle, sqlite3_sql(one))) {
			fail_msg("scans: %s", sqlite3_sql(one));
		}
	}
	return seen;
}

/* look_at_row_plans() - the same for statements that row types make */
static size_t look_at_row_plans(struct enc_sqlite_db *db)
{
	size_t seen = 0;

	for (size_t i = 0; i < ENC_STORE_TABLE_COUNT; i++) {
		for (size_t op = 0; op < ENC_ROW_OP_MAX; op++) {
			sqlite3_stmt *one = db->rows[i][op];

			seen += one != NULL;
			/* All organisations are listed for root. */
			if (one != NULL &&
			    !(enc_store_tables[i] == &enc_store_orgs &&
			      op == ENC_ROW_LIST) &&
			    scans(db->handle, sqlite3_sql(one))) {
				fail_msg("scans: %s", sqlite3_sql(one));
			}
		}
	}
	return seen;
}

/* What a session costs doesn't depend on how many there are. */
static void test_no_statement_goes_through_a_table(void **state)
{
	struct enc_sqlite_db dbs[2] = { { 0 } };
	struct enc_error err = { 0 };
	struct place place;
	size_t rows = 0;
	size_t seen = 0;

	(void)state;
	place_make(&place);
	assert_int_equal(enc_sqlite_make(place.path, &err), ENC_OK);
	for (unsigned int i = 0; i < ENC_COUNT(dbs); i++) {
		assert_int_equal(enc_sqlite_open(&dbs[i], place.path,
						 i == 1 ? ENC_SQLITE_READER : 0,
						 &err),
				 ENC_OK);
		seen += look_at_plans(&dbs[i]);
		rows += look_at_row_plans(&dbs[i]);
	}
	assert_int_equal(seen, ENC_SQLITE_STATEMENT_MAX);
	/* All columns of idempotency and signature are fixed: no updates. */
	assert_int_equal(rows, ENC_STORE_TABLE_COUNT * ENC_ROW_OP_MAX - 2);
	enc_sqlite_close(&dbs[1]);
	enc_sqlite_close(&dbs[0]);
	place_remove(&place);
}

int main(void)
{
	const struct CMUnitTest suite[] = {
		cmocka_unit_test(test_no_statement_goes_through_a_table),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_second),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_damages),
		cmocka_unit_test(test_old_with_its_log),
		cmocka_unit_test(test_log_without_store),
		cmocka_unit_test(test_making_is_cut_off),
		cmocka_unit_test(test_store_without_log),
		cmocka_unit_test(test_damage_meets_a_reader),
		cmocka_unit_test(test_damage_meets_a_writer),
		cmocka_unit_test(test_file_modes),
		cmocka_unit_test(test_log_is_folded),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests_name("store_sqlite", suite, NULL, NULL);
}
