/*
 * What store.h promises, asked of every implementation. A change set is a word
 * whose letters are its steps, and what a store holds is a word too:
 *
 *	O P   organisations o-1, o-2
 *	S T   sessions s-1 (number 1), s-2 (number 2) of o-1
 *	N     session s-3 of o-1 with the number of s-1
 *	X     session s-4 of an organisation that there is not
 *	u     s-1 is updated: finished
 *	a b c audit lines of s-1, as entries 1, 2, 3
 *	e     a piece of its stdout, as entry 2
 *	h     an audit line as entry 9, behind entry 2
 *	r     the result of s-1
 *	i     an idempotency record of o-1, for s-1
 *	k     key k-1 of o-1
 *	v w   k-1 is revoked, by o-1 and by o-2
 *	K W   k-1 is removed, by o-1 and by o-2
 *	I     the idempotency record is removed
 *	n     o-1 gets another name
 *	q Q   o-1 has a quota, another quota
 *	o     o-1 is removed
 *	z     a line of the admin log
 *	!     a session's id that is too long
 *
 * A new store is a row of `subjects` and gets every test.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "audit_verify.h"
#include "store.h"

struct subject {
	const char *name;
	const struct enc_store_ops *ops;
	const struct enc_store_ops *inner; /* decorators only */
};

static struct subject subjects[] = {
	{ "memory", &enc_store_memory, NULL },
	{ "sqlite", &enc_store_sqlite, NULL },
	{ "fault(memory)", &enc_store_fault, &enc_store_memory },
	{ "fault(sqlite)", &enc_store_fault, &enc_store_sqlite },
};

enum { SETS_MAX = 8, GROUP_SETS = SETS_MAX - 1 };

struct bench {
	uv_loop_t loop;
	struct enc_store *store;
	char directory[64];
	char path[80];
	enum enc_code codes[SETS_MAX]; /* as reported */
	char messages[SETS_MAX][256];
	size_t reported;
	size_t stopped; /* how often that was told */
};

static void on_stopped(void *context, const struct enc_error *why)
{
	struct bench *bench = context;

	assert_int_equal(why->code, ENC_INTERNAL);
	bench->stopped++;
}

/* bench_open() - a store of its own; @fail_at: of the fault decorator */
static void bench_open(struct bench *bench, const struct subject *subject,
		       unsigned int fail_at, enum enc_code fail_code)
{
	struct enc_store_options options = {
		.loop = &bench->loop,
		.inner = subject->inner,
		.fail_at = fail_at,
		.fail_code = fail_code,
		.on_stopped = on_stopped,
		.context = bench,
	};
	struct enc_error err = { 0 };

	*bench = (struct bench){ .directory = "/dev/shm/enclave-store-XXXXXX" };
	/* In memory, because a flush to a disk is not what is tried here. */
	if (mkdtemp(bench->directory) == NULL) {
		(void)snprintf(bench->directory, sizeof(bench->directory),
			       "/tmp/enclave-store-XXXXXX");
		assert_non_null(mkdtemp(bench->directory));
	}
	(void)snprintf(bench->path, sizeof(bench->path), "%s/enclave.db",
		       bench->directory);
	options.path = bench->path;
	assert_int_equal(uv_loop_init(&bench->loop), 0);
	if (enc_store_open(subject->ops, &options, &bench->store, &err) !=
	    ENC_OK) {
		fail_msg("%s", err.message);
	}
}

/* bench_close() - the loop closes only if no handle was left in it */
static void bench_close(struct bench *bench)
{
	static const char *const endings[] = { "", ".lock", "-wal", "-shm" };

	enc_store_flush_and_free(bench->store);
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
	for (size_t i = 0; i < ENC_COUNT(endings); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", bench->path,
			       endings[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(bench->directory), 0);
}

/* on_durable() - write a report down; they come in order of submission */
static void on_durable(void *context, enum enc_code code,
		       const struct enc_error *err)
{
	struct bench *bench = context;

	assert_true(bench->reported < SETS_MAX);
	assert_int_equal(code == ENC_OK, err == NULL);
	bench->codes[bench->reported] = code;
	if (err != NULL) {
		assert_int_equal(err->code, code);
		memcpy(bench->messages[bench->reported], err->message,
		       sizeof(err->message));
	}
	bench->reported++;
}

/* run() - until all is reported: then nothing holds the loop any more */
static void run(struct bench *bench)
{
	assert_int_equal(uv_run(&bench->loop, UV_RUN_DEFAULT), 0);
}

/* ---- words ---- */

static const struct enc_store_range everything;
static const struct enc_store_page all_entries;

static const char digest[] =
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void put_session(struct enc_store_change *change, const char *id,
			const char *org, uint64_t number)
{
	const struct enc_store_session row = {
		.id = id,
		.org = org,
		.number = number,
		.name = "",
		.created_ms = 1000 * (int64_t)number,
		.phase = "pending",
		.outcome = "",
		.record = "{}",
		.genesis = "{\"genesis\":1}",
	};

	enc_store_insert_session(change, &row);
}

static void put_org(struct enc_store_change *change, const char *id,
		    uint64_t number)
{
	const struct enc_store_org row = {
		.base.type = &enc_store_orgs,
		.id = id,
		.number = number,
		.name = "name of it",
		.created_ms = 5,
	};

	enc_store_insert(change, &row.base);
}

/* put_rest() - the letters that need no other function */
static void put_rest(struct enc_store_change *change, char letter)
{
	static const char long_id[] = "0123456789012345678901234567890123456789"
				      "0123456789012345678901234";
	const struct enc_store_session updated = {
		.id = "s-1",
		.org = "o-1",
		.phase = "succeeded",
		.outcome = "succeeded",
		.finished = true,
		.record = "{\"updated\":true}",
	};
	const struct enc_store_result result = {
		.session = "s-1",
		.record = "{}",
	};
	const struct enc_store_idempotency idempotency = {
		.base.type = &enc_store_idempotencies,
		.org = "o-1",
		.key = "again",
		.request_sha256 = digest,
		.session = "s-1",
		.created_ms = 7,
	};
	struct enc_store_key key = {
		.base.type = &enc_store_api_keys,
		.id = "k-1",
		.org = "o-1",
		.name = "ci",
		.scopes = "sessions:read sessions:write",
		.secret_sha256 = digest,
		.created_ms = 8,
		.revoked_ms = 9, /* not written by an insert */
	};
	struct enc_store_quota quota = {
		.base.type = &enc_store_quotas,
		.org = "o-1",
		.running = 2,
		.waiting = -1,
		.stored_bytes = INT64_MAX,
	};
	const struct enc_store_org renamed = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
		.name = "renamed",
	};

	switch (letter) {
	case 'u':
		enc_store_update_session(change, &updated);
		break;
	case 'r':
		enc_store_insert_result(change, &result);
		break;
	case 'i':
		enc_store_insert(change, &idempotency.base);
		break;
	case 'k':
		enc_store_insert(change, &key.base);
		break;
	case 'v':
		key.revoked_ms = 10;
		enc_store_update(change, &key.base);
		break;
	case 'w':
		key.org = "o-2";
		key.revoked_ms = 11;
		enc_store_update(change, &key.base);
		break;
	case 'K':
		enc_store_remove(change, &key.base);
		break;
	case 'W':
		key.org = "o-2";
		enc_store_remove(change, &key.base);
		break;
	case 'I':
		enc_store_remove(change, &idempotency.base);
		break;
	case 'q':
		enc_store_insert(change, &quota.base);
		break;
	case 'Q':
		quota.running = -1;
		enc_store_update(change, &quota.base);
		break;
	case 'n':
		enc_store_update(change, &renamed.base);
		break;
	case 'o':
		enc_store_remove(change, &renamed.base);
		break;
	case '!':
		put_session(change, long_id, "o-1", 9);
		break;
	default:
		fail_msg("no such letter: %c", letter);
	}
}

static void put_admin(struct enc_store_change *change)
{
	ENC_AUTO(audit_event) event = ENC_AUDIT_EVENT(AUTH_FAILED);

	enc_audit_put_string(&event, "reason", "no such key");
	enc_store_append_admin(change, &event, 1000);
}

/* put_entry() - of s-1; its data is its letter */
static void put_entry(struct enc_store_change *change, enum enc_entry_kind kind,
		      uint64_t after, uint64_t seq, char letter)
{
	const struct enc_store_entry entry = {
		.seq = seq,
		.kind = kind,
		.at_ms = 1000 + (int64_t)seq,
		.data = &letter,
		.length = 1,
	};

	enc_store_append_entry(change, "s-1", after, &entry);
}

static void put_letter(struct enc_store_change *change, char letter)
{
	switch (letter) {
	case 'O':
		put_org(change, "o-1", 1);
		break;
	case 'P':
		put_org(change, "o-2", 2);
		break;
	case 'S':
		put_session(change, "s-1", "o-1", 1);
		break;
	case 'T':
		put_session(change, "s-2", "o-1", 2);
		break;
	case 'N':
		put_session(change, "s-3", "o-1", 1);
		break;
	case 'X':
		put_session(change, "s-4", "o-9", 1);
		break;
	case 'a':
	case 'b':
	case 'c':
		put_entry(change, ENC_ENTRY_AUDIT, (uint64_t)(letter - 'a'),
			  (uint64_t)(letter - 'a') + 1, letter);
		break;
	case 'e':
		put_entry(change, ENC_ENTRY_STDOUT, 1, 2, letter);
		break;
	case 'h':
		put_entry(change, ENC_ENTRY_AUDIT, 2, 9, letter);
		break;
	case 'z':
		put_admin(change);
		break;
	default:
		put_rest(change, letter);
	}
}

/* submit() - a change set by its word */
static void submit(struct bench *bench, const char *word)
{
	struct enc_store_change *change = enc_store_change_new();

	for (; *word != '\0'; word++) {
		put_letter(change, *word);
	}
	enc_store_submit(bench->store, change, on_durable, bench);
}

/* What a store holds, as letters behind each other. */
struct inventory {
	char word[32];
	size_t length;
};

static void add(struct inventory *inventory, char letter)
{
	assert_true(inventory->length + 1 < sizeof(inventory->word));
	inventory->word[inventory->length++] = letter;
	inventory->word[inventory->length] = '\0';
}

static bool add_org(void *context, const struct enc_row *row)
{
	const struct enc_store_org *org = enc_row_as(row, &enc_store_orgs);

	add(context, strcmp(org->id, "o-1") == 0 ? 'O' : 'P');
	if (strcmp(org->name, "renamed") == 0) {
		add(context, 'n');
	}
	assert_int_equal(org->created_ms, 5);
	return true;
}

/* add_entry() - its letter; number, kind and time are as they were put */
static bool add_entry(void *context, const struct enc_store_entry *entry)
{
	char letter = *(const char *)entry->data;

	assert_int_equal(entry->length, 1);
	assert_int_equal(entry->kind,
			 letter == 'e' ? ENC_ENTRY_STDOUT : ENC_ENTRY_AUDIT);
	assert_int_equal(entry->seq, letter == 'e'   ? 2
				     : letter == 'h' ? 9
						     : letter - 'a' + 1);
	assert_int_equal(entry->at_ms, 1000 + (int64_t)entry->seq);
	add(context, letter);
	return true;
}

static bool add_admin(void *context, uint64_t seq, const char *line,
		      size_t length)
{
	(void)seq;
	assert_true(length > 0 && line[0] == '{');
	add(context, 'z');
	return true;
}

/* add_session() - its letter, its lines, and what hangs on s-1 */
static void add_session(struct bench *bench, struct inventory *inventory,
			const char *id, char letter)
{
	ENC_AUTO(store_session) row = { 0 };
	ENC_AUTO(store_result) result = { 0 };
	char last_line = '\0';
	size_t before;

	if (enc_store_get_session(bench->store, NULL, id, &row, NULL) !=
	    ENC_OK) {
		return;
	}
	add(inventory, letter);
	if (row.finished) {
		assert_string_equal(row.phase, "succeeded");
		assert_string_equal(row.outcome, "succeeded");
		assert_string_equal(row.record, "{\"updated\":true}");
		add(inventory, 'u');
	}
	assert_string_equal(row.genesis, "{\"genesis\":1}");
	before = inventory->length;
	assert_int_equal(enc_store_read_entries(bench->store, id, &all_entries,
						add_entry, inventory, NULL),
			 ENC_OK);
	assert_int_equal(row.last_seq == 0, inventory->length == before);
	for (; before < inventory->length; before++) {
		if (inventory->word[before] != 'e') {
			last_line = inventory->word[before];
		}
	}
	assert_int_equal(row.last_line == NULL, last_line == '\0');
	if (row.last_line != NULL) {
		assert_int_equal(row.last_line[0], last_line);
		assert_int_equal(row.last_line[1], '\0');
	}
	if (enc_store_get_result(bench->store, id, &result, NULL) == ENC_OK) {
		add(inventory, 'r');
	}
}

/* stored_bytes() - what a session and its log and result are made of */
static uint64_t stored_bytes(struct bench *bench, const char *id)
{
	ENC_AUTO(store_session) row = { 0 };
	ENC_AUTO(store_result) result = { 0 };
	struct inventory entries = { 0 };
	uint64_t bytes = 0;

	if (enc_store_get_session(bench->store, "o-1", id, &row, NULL) !=
	    ENC_OK) {
		return 0;
	}
	bytes += strlen(row.record) + strlen(row.genesis);
	assert_int_equal(enc_store_read_entries(bench->store, id, &all_entries,
						add_entry, &entries, NULL),
			 ENC_OK);
	bytes += entries.length; /* one byte each */
	if (enc_store_get_result(bench->store, id, &result, NULL) == ENC_OK) {
		bytes += strlen(result.record);
		bytes += result.json == NULL ? 0 : strlen(result.json);
	}
	return bytes;
}

/* check_sum() - an organisation knows the sum, whatever was taken back */
static void check_sum(struct bench *bench)
{
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
	};

	if (enc_store_get(bench->store, &org.base, NULL) == ENC_OK) {
		assert_int_equal(org.stored_bytes,
				 stored_bytes(bench, "s-1") +
					 stored_bytes(bench, "s-2") +
					 stored_bytes(bench, "s-3"));
	}
}

static void add_quota(struct bench *bench, struct inventory *inventory)
{
	enc_autorow struct enc_store_quota quota = {
		.base.type = &enc_store_quotas,
		.org = "o-1",
	};

	if (enc_store_get(bench->store, &quota.base, NULL) == ENC_OK) {
		assert_int_equal(quota.waiting, -1);
		assert_int_equal(quota.stored_bytes, INT64_MAX);
		add(inventory, quota.running == 2 ? 'q' : 'Q');
	}
}

static struct inventory take_inventory(struct bench *bench)
{
	const struct enc_store_org orgs = { .base.type = &enc_store_orgs };
	enc_autorow struct enc_store_idempotency idempotency = {
		.base.type = &enc_store_idempotencies,
		.org = "o-1",
		.key = "again",
	};
	enc_autorow struct enc_store_key key = {
		.base.type = &enc_store_api_keys,
		.id = "k-1",
	};
	struct inventory inventory = { 0 };

	assert_int_equal(enc_store_list(bench->store, &orgs.base, add_org,
					&inventory, NULL),
			 ENC_OK);
	add_session(bench, &inventory, "s-1", 'S');
	add_session(bench, &inventory, "s-2", 'T');
	add_session(bench, &inventory, "s-3", 'N');
	add_session(bench, &inventory, "s-4", 'X');
	if (enc_store_get(bench->store, &idempotency.base, NULL) == ENC_OK) {
		assert_string_equal(idempotency.session, "s-1");
		assert_string_equal(idempotency.request_sha256, digest);
		assert_int_equal(idempotency.created_ms, 7);
		add(&inventory, 'i');
	}
	if (enc_store_get(bench->store, &key.base, NULL) == ENC_OK) {
		assert_string_equal(key.org, "o-1");
		assert_string_equal(key.scopes, "sessions:read sessions:write");
		assert_string_equal(key.secret_sha256, digest);
		add(&inventory, 'k');
		if (key.revoked_ms != 0) {
			assert_int_equal(key.revoked_ms, 10);
			add(&inventory, 'v');
		}
	}
	assert_int_equal(enc_store_read_admin(bench->store, &everything,
					      add_admin, &inventory, NULL),
			 ENC_OK);
	check_sum(bench);
	add_quota(bench, &inventory);
	return inventory;
}

/* ---- tales ---- */

static const struct tale {
	struct {
		const char *word;
		enum enc_code code;
	} sets[SETS_MAX];
	const char *holds;
} tales[] = {
	{ { { "", ENC_OK } }, "" },
	{ { { "O", ENC_OK } }, "O" },
	{ { { "OPSTabcrikz", ENC_OK } }, "OPSabcrTikz" },
	{ { { "PO", ENC_OK } }, "OP" }, /* by number */
	/* Twice is a conflict, and the rest of that set goes with it. */
	{ { { "O", ENC_OK }, { "PO", ENC_CONFLICT } }, "O" },
	{ { { "OS", ENC_OK }, { "TS", ENC_CONFLICT } }, "OS" },
	{ { { "OS", ENC_OK }, { "N", ENC_CONFLICT } }, "OS" },
	{ { { "OSi", ENC_OK }, { "Ti", ENC_CONFLICT } }, "OSi" },
	{ { { "OSr", ENC_OK }, { "ur", ENC_CONFLICT } }, "OSr" },
	{ { { "Ok", ENC_OK }, { "Pk", ENC_CONFLICT } }, "Ok" },
	{ { { "OSS", ENC_CONFLICT }, { "O", ENC_OK } }, "O" },
	/* What it belongs to is not there. */
	{ { { "S", ENC_NOT_FOUND } }, "" },
	{ { { "OSX", ENC_NOT_FOUND } }, "" },
	{ { { "O", ENC_OK }, { "u", ENC_NOT_FOUND } }, "O" },
	{ { { "O", ENC_OK }, { "r", ENC_NOT_FOUND } }, "O" },
	{ { { "i", ENC_NOT_FOUND }, { "k", ENC_NOT_FOUND } }, "" },
	{ { { "O", ENC_OK }, { "v", ENC_NOT_FOUND } }, "O" },
	{ { { "q", ENC_NOT_FOUND }, { "O", ENC_OK }, { "Q", ENC_NOT_FOUND } },
	  "O" },
	{ { { "Oq", ENC_OK }, { "Tq", ENC_CONFLICT } }, "Oq" },
	{ { { "Oq", ENC_OK }, { "QO", ENC_CONFLICT } }, "Oq" },
	{ { { "Oq", ENC_OK }, { "Q", ENC_OK } }, "OQ" },
	/* An update is seen, and taken back with its set. */
	{ { { "OSu", ENC_OK } }, "OSu" },
	{ { { "OS", ENC_OK }, { "u", ENC_OK } }, "OSu" },
	{ { { "OS", ENC_OK }, { "uuO", ENC_CONFLICT } }, "OS" },
	{ { { "OS", ENC_OK }, { "uaO", ENC_CONFLICT }, { "a", ENC_OK } },
	  "OSa" },
	/* Entries follow each other, or they don't get in. */
	{ { { "OSab", ENC_OK }, { "c", ENC_OK } }, "OSabc" },
	{ { { "OSb", ENC_CONFLICT }, { "O", ENC_OK } }, "O" },
	{ { { "OSa", ENC_OK }, { "a", ENC_CONFLICT }, { "b", ENC_OK } },
	  "OSab" },
	{ { { "OSa", ENC_OK }, { "c", ENC_CONFLICT } }, "OSa" },
	{ { { "OSa", ENC_OK }, { "bO", ENC_CONFLICT }, { "c", ENC_CONFLICT } },
	  "OSa" },
	{ { { "a", ENC_CONFLICT } }, "" },
	{ { { "OSae", ENC_OK }, { "b", ENC_CONFLICT }, { "h", ENC_OK } },
	  "OSaeh" },
	/* Keys: revoked once, by their own organisation. */
	{ { { "OPk", ENC_OK }, { "w", ENC_NOT_FOUND } }, "OPk" },
	{ { { "OPk", ENC_OK }, { "v", ENC_OK }, { "v", ENC_OK } }, "OPkv" },
	{ { { "Ok", ENC_OK }, { "vO", ENC_CONFLICT } }, "Ok" },
	{ { { "Ok", ENC_OK }, { "vvO", ENC_CONFLICT }, { "v", ENC_OK } },
	  "Okv" },
	/* Rows: changed and removed by their own organisation, and put back. */
	{ { { "OPn", ENC_OK } }, "OnP" },
	{ { { "n", ENC_NOT_FOUND } }, "" },
	{ { { "O", ENC_OK }, { "nO", ENC_CONFLICT } }, "O" },
	{ { { "OP", ENC_OK }, { "nnP", ENC_CONFLICT }, { "n", ENC_OK } },
	  "OnP" },
	{ { { "OSn", ENC_OK }, { "T", ENC_OK } }, "OnST" },
	{ { { "OPk", ENC_OK }, { "W", ENC_NOT_FOUND } }, "OPk" },
	{ { { "OPk", ENC_OK }, { "K", ENC_OK }, { "K", ENC_NOT_FOUND } },
	  "OP" },
	{ { { "OkvK", ENC_OK }, { "k", ENC_OK } }, "Ok" },
	{ { { "Okv", ENC_OK }, { "KO", ENC_CONFLICT } }, "Okv" },
	{ { { "Ok", ENC_OK }, { "vKO", ENC_CONFLICT } }, "Ok" },
	{ { { "OSi", ENC_OK }, { "I", ENC_OK }, { "iI", ENC_OK } }, "OS" },
	{ { { "Oi", ENC_OK }, { "IO", ENC_CONFLICT } }, "Oi" },
	/* An organisation goes when nothing belongs to it any more. */
	{ { { "OP", ENC_OK }, { "o", ENC_OK }, { "o", ENC_NOT_FOUND } }, "P" },
	{ { { "OPo", ENC_OK }, { "O", ENC_OK } }, "OP" },
	{ { { "OP", ENC_OK }, { "oP", ENC_CONFLICT } }, "OP" },
	{ { { "Ok", ENC_OK }, { "o", ENC_CONFLICT }, { "Ko", ENC_OK } }, "" },
	{ { { "Oi", ENC_OK }, { "o", ENC_CONFLICT } }, "Oi" },
	{ { { "OS", ENC_OK }, { "o", ENC_CONFLICT } }, "OS" },
	/* The admin log's chain is put back with what is taken back. */
	{ { { "z", ENC_OK }, { "zX", ENC_NOT_FOUND }, { "zz", ENC_OK } },
	  "zzz" },
	/* Past a limit: nothing of it, and nothing else is harmed. */
	{ { { "O", ENC_OK }, { "S!a", ENC_LIMIT }, { "S", ENC_OK } }, "OS" },
	/* A group of nothing but failures. */
	{ { { "S", ENC_NOT_FOUND }, { "u", ENC_NOT_FOUND } }, "" },
};

/* play() - a tale; @together: in one group, else one by one */
static void play(struct bench *bench, const struct tale *tale, bool together)
{
	size_t count = 0;

	bench->reported = 0;
	for (; count < SETS_MAX && tale->sets[count].word != NULL; count++) {
		submit(bench, tale->sets[count].word);
		if (!together) {
			run(bench);
			assert_int_equal(bench->reported, count + 1);
		}
	}
	assert_true(!together || bench->reported == 0);
	run(bench);
	assert_int_equal(bench->reported, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(bench->codes[i], tale->sets[i].code);
	}
}

struct chain_check {
	struct enc_audit_verifier *verifier;
};

static bool feed_line(void *context, uint64_t seq, const char *line,
		      size_t length)
{
	struct chain_check *check = context;

	(void)seq;
	enc_audit_verifier_feed(check->verifier, (const uint8_t *)line, length);
	enc_audit_verifier_feed(check->verifier, (const uint8_t *)"\n", 1);
	return true;
}

/* check_admin() - the admin log is a chain that verifies, and is open */
static void check_admin(struct bench *bench, uint64_t events)
{
	struct chain_check check = { .verifier = enc_audit_verifier_new() };
	const char *genesis = enc_store_admin_genesis(bench->store);
	struct enc_audit_report report;

	(void)feed_line(&check, 0, genesis, strlen(genesis));
	assert_int_equal(enc_store_read_admin(bench->store, &everything,
					      feed_line, &check, NULL),
			 ENC_OK);
	enc_audit_verifier_end(check.verifier, &report);
	enc_audit_verifier_free(check.verifier);
	assert_int_equal(report.verdict, ENC_AUDIT_VERDICT_OPEN);
	assert_int_equal(report.events, events);
}

static void test_every_tale(void **state)
{
	for (size_t i = 0; i < ENC_COUNT(tales); i++) {
		for (int together = 0; together < 2; together++) {
			struct inventory inventory;
			struct bench bench;
			uint64_t admin = 0;

			bench_open(&bench, *state, 0, ENC_OK);
			play(&bench, &tales[i], together == 1);
			inventory = take_inventory(&bench);
			assert_string_equal(inventory.word, tales[i].holds);
			for (size_t k = 0; k < inventory.length; k++) {
				admin += inventory.word[k] == 'z' ? 1 : 0;
			}
			check_admin(&bench, admin);
			bench_close(&bench);
		}
	}
}

/* ---- reading ---- */

/* What is written comes back. */
static void test_round_trip(void **state)
{
	const struct enc_store_result written = {
		.session = "s-1",
		.record = "{\"exitCode\":0}",
		.json = "{\"n\":1.10000000000000000001}",
	};
	struct enc_store_change *change = enc_store_change_new();
	ENC_AUTO(store_session) session = { 0 };
	ENC_AUTO(store_result) result = { 0 };
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
	};
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OT");
	enc_store_insert_result(change, &written);
	submit(&bench, "S");
	enc_store_submit(bench.store, change, on_durable, &bench);
	run(&bench);
	assert_int_equal(bench.codes[2], ENC_OK);

	assert_int_equal(enc_store_get_session(bench.store, "o-1", "s-2",
					       &session, NULL),
			 ENC_OK);
	assert_string_equal(session.id, "s-2");
	assert_string_equal(session.org, "o-1");
	assert_string_equal(session.phase, "pending");
	assert_int_equal(session.number, 2);
	assert_int_equal(session.created_ms, 2000);
	assert_false(session.finished);

	assert_int_equal(enc_store_get_result(bench.store, "s-1", &result,
					      NULL),
			 ENC_OK);
	assert_string_equal(result.session, "s-1");
	assert_string_equal(result.record, written.record);
	assert_string_equal(result.json, written.json);

	assert_int_equal(enc_store_get(bench.store, &org.base, NULL), ENC_OK);
	assert_string_equal(org.name, "name of it");
	assert_int_equal(org.number, 1);
	assert_int_equal(org.created_ms, 5);
	assert_int_equal(org.sessions, 2);
	bench_close(&bench);
}

/* Inserted and updated by one change set: it is there as it was last said. */
static void test_updated_where_it_is_inserted(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	ENC_AUTO(store_session) session = { 0 };
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "O");
	put_session(change, "s-1", "o-1", 1);
	put_session(change, "s-2", "o-1", 2);
	put_rest(change, 'u'); /* s-1 */
	enc_store_submit(bench.store, change, on_durable, &bench);
	run(&bench);
	assert_int_equal(bench.codes[1], ENC_OK);
	assert_int_equal(enc_store_get_session(bench.store, "o-1", "s-1",
					       &session, NULL),
			 ENC_OK);
	assert_string_equal(session.phase, "succeeded");
	assert_string_equal(session.record, "{\"updated\":true}");
	assert_string_equal(session.genesis, "{\"genesis\":1}");
	assert_true(session.finished);
	assert_int_equal(session.number, 1);
	enc_store_session_done(&session);
	session = (struct enc_store_session){ 0 };
	assert_int_equal(enc_store_get_session(bench.store, "o-1", "s-2",
					       &session, NULL),
			 ENC_OK);
	assert_string_equal(session.phase, "pending");
	bench_close(&bench);
}

/* Of another organisation is the same as of nobody, to the letter. */
static void test_not_found(void **state)
{
	ENC_AUTO(store_session) session = { 0 };
	ENC_AUTO(store_result) result = { 0 };
	struct enc_error foreign = { 0 };
	struct enc_error absent = { 0 };
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OPS");
	run(&bench);
	assert_int_equal(enc_store_get_session(bench.store, "o-2", "s-1",
					       &session, &foreign),
			 ENC_NOT_FOUND);
	assert_int_equal(enc_store_get_session(bench.store, "o-2", "s-9",
					       &session, &absent),
			 ENC_NOT_FOUND);
	assert_memory_equal(&foreign, &absent, sizeof(foreign));
	assert_int_equal(enc_store_get_result(bench.store, "s-1", &result,
					      NULL),
			 ENC_NOT_FOUND);
	assert_null(session.id);
	bench_close(&bench);
}

/* get_key() - what a read of an organisation's key says, and of whose it is */
static enum enc_code get_key(struct bench *bench, const char *org,
			     const char *id, struct enc_error *err)
{
	enc_autorow struct enc_store_key key = {
		.base.type = &enc_store_api_keys,
		.id = id,
		.org = org,
	};
	enum enc_code code = enc_store_get(bench->store, &key.base, err);

	if (code == ENC_OK) {
		assert_string_equal(key.id, id);
		assert_string_equal(key.org, "o-1");
		assert_ptr_not_equal(key.id, id); /* owned now */
	} else {
		assert_null(key.name); /* untouched */
	}
	return code;
}

static void test_rows_not_found(void **state)
{
	enc_autorow struct enc_store_idempotency idempotency = {
		.base.type = &enc_store_idempotencies,
		.org = "o-2",
		.key = "again",
	};
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = "o-9",
	};
	struct enc_error foreign = { 0 };
	struct enc_error absent = { 0 };
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OPik");
	run(&bench);
	assert_int_equal(get_key(&bench, NULL, "k-1", NULL), ENC_OK);
	assert_int_equal(get_key(&bench, "o-1", "k-1", NULL), ENC_OK);
	assert_int_equal(get_key(&bench, "o-2", "k-1", &foreign),
			 ENC_NOT_FOUND);
	assert_int_equal(get_key(&bench, "o-2", "k-9", &absent), ENC_NOT_FOUND);
	assert_memory_equal(&foreign, &absent, sizeof(foreign));
	assert_string_equal(absent.message, "there is no such API key");
	/* The same word of another organisation is another key. */
	assert_int_equal(enc_store_get(bench.store, &idempotency.base, NULL),
			 ENC_NOT_FOUND);
	assert_int_equal(enc_store_get(bench.store, &org.base, NULL),
			 ENC_NOT_FOUND);
	bench_close(&bench);
}

enum { MANY = 12 };

/* many_sessions() - s-1 .. s-12; finished, named and labelled by number */
static void many_sessions(struct bench *bench)
{
	struct enc_store_change *change = enc_store_change_new();

	put_org(change, "o-1", 1);
	put_org(change, "o-2", 2);
	put_session(change, "t-1", "o-2", 1);
	for (unsigned int i = 1; i <= MANY; i++) {
		const struct enc_store_label labels[] = {
			{ "third", i % 3 == 0 ? "yes" : "no" },
			{ "half", i <= MANY / 2 ? "first" : "second" },
		};
		static const char *const names[] = { "", "a_b", "a_bc",
						     "\xc3\xa9" };
		char id[16];
		const struct enc_store_session row = {
			.id = id,
			.org = "o-1",
			.number = i,
			.name = names[i % ENC_COUNT(names)],
			.created_ms = 1000 * (int64_t)i,
			.phase = i % 2 == 1 ? "failed" : "running",
			.outcome = i % 4 == 1 ? "failed" : "",
			.finished = i % 2 == 1,
			.record = "{}",
			.genesis = "{}",
			.labels = labels,
			.label_count = ENC_COUNT(labels),
		};

		(void)snprintf(id, sizeof(id), "s-%u", i);
		enc_store_insert_session(change, &row);
	}
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
	assert_int_equal(bench->codes[0], ENC_OK);
}

/* Numbers of the rows that came, as text. */
struct numbers {
	char text[128];
	uint64_t last;
	int left; /* the visitor ends after so many; below 0: never */
};

static bool add_number(void *context, const struct enc_store_session *row)
{
	struct numbers *numbers = context;
	size_t length = strlen(numbers->text);

	(void)snprintf(numbers->text + length, sizeof(numbers->text) - length,
		       " %s", row->id);
	numbers->last = row->number;
	return --numbers->left != 0;
}

static const struct page {
	struct enc_store_filter filter;
	const char *rows;
} pages[] = {
	{ { .like.org = "o-1", .limit = 100 },
	  " s-12 s-11 s-10 s-9 s-8 s-7 s-6 s-5 s-4 s-3 s-2 s-1" },
	{ { .like.org = "o-1", .limit = 3 }, " s-12 s-11 s-10" },
	{ { .like.org = "o-1", .limit = 3, .before = 10 }, " s-9 s-8 s-7" },
	{ { .like.org = "o-1", .limit = 3, .before = 2 }, " s-1" },
	{ { .like.org = "o-1", .limit = 3, .before = 1 }, "" },
	{ { .like.org = "o-1", .limit = 3, .before = UINT64_MAX },
	  " s-12 s-11 s-10" },
	{ { .like.org = "o-1", .limit = 9, .like.phase = "failed" },
	  " s-11 s-9 s-7 s-5 s-3 s-1" },
	{ { .like.org = "o-1",
	    .limit = 2,
	    .like.phase = "failed",
	    .before = 8 },
	  " s-7 s-5" },
	{ { .like.org = "o-1", .limit = 9, .like.phase = "killed" }, "" },
	{ { .like.org = "o-1", .limit = 9, .like.outcome = "failed" },
	  " s-9 s-5 s-1" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "a_b" },
	  " s-10 s-9 s-6 s-5 s-2 s-1" },
	{ { .like.org = "o-1", .limit = 2, .like.name = "a_", .before = 9 },
	  " s-6 s-5" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "a_bc" },
	  " s-10 s-6 s-2" },
	{ { .like.org = "o-1",
	    .limit = 9,
	    .like.name = "a",
	    .like.phase = "failed" },
	  " s-9 s-5 s-1" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "\xc3" },
	  " s-11 s-7 s-3" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "A_b" }, "" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "_" }, "" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "a%" }, "" },
	{ { .like.org = "o-1", .limit = 9, .like.name = "b" }, "" },
	{ { .like.org = "o-1", .limit = 3, .like.name = "" },
	  " s-12 s-11 s-10" },
	{ { .like.org = "o-2", .limit = 9, .like.name = "a" }, "" },
	{ { .like.org = "o-1", .limit = 9, .since_ms = 11000 }, " s-12 s-11" },
	{ { .like.org = "o-1", .limit = 9, .since_ms = 11001 }, " s-12" },
	{ { .like.org = "o-1",
	    .limit = 9,
	    .label_count = 1,
	    .labels = { { "third", "yes" } } },
	  " s-12 s-9 s-6 s-3" },
	{ { .like.org = "o-1",
	    .limit = 9,
	    .label_count = 2,
	    .labels = { { "third", "yes" }, { "half", "first" } } },
	  " s-6 s-3" },
	{ { .like.org = "o-1",
	    .limit = 9,
	    .label_count = 4,
	    .labels = { { "third", "yes" },
			{ "half", "first" },
			{ "third", "yes" },
			{ "half", "second" } } },
	  "" },
	{ { .like.org = "o-1",
	    .limit = 9,
	    .label_count = 1,
	    .labels = { { "yes", "third" } } },
	  "" },
	{ { .like.org = "o-2", .limit = 9 }, " t-1" },
	{ { .like.org = "o-3", .limit = 9 }, "" },
	{ { .like.org = "' OR 1=1 --", .limit = 9 }, "" },
};

static void test_pages(void **state)
{
	struct numbers numbers;
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	many_sessions(&bench);
	for (size_t i = 0; i < ENC_COUNT(pages); i++) {
		numbers = (struct numbers){ .left = -1 };
		assert_int_equal(enc_store_list_sessions(bench.store,
							 &pages[i].filter,
							 add_number, &numbers,
							 NULL),
				 ENC_OK);
		assert_string_equal(numbers.text, pages[i].rows);
	}
	/* A visitor may have enough, and the next read starts anew. */
	for (int i = 0; i < 2; i++) {
		numbers = (struct numbers){ .left = 2 };
		assert_int_equal(enc_store_list_sessions(bench.store,
							 &pages[0].filter,
							 add_number, &numbers,
							 NULL),
				 ENC_OK);
		assert_string_equal(numbers.text, " s-12 s-11");
	}
	numbers = (struct numbers){ .left = -1 };
	assert_int_equal(enc_store_list_unfinished(bench.store, add_number,
						   &numbers, NULL),
			 ENC_OK);
	assert_string_equal(numbers.text, " t-1 s-2 s-4 s-6 s-8 s-10 s-12");
	bench_close(&bench);
}

/* submit_removals() - remove sessions in one change set; what became of it */
static enum enc_code submit_removals(struct bench *bench,
				     const char *const *ids)
{
	struct enc_store_change *change = enc_store_change_new();

	for (; *ids != NULL; ids++) {
		enc_store_remove_session(change, *ids);
	}
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
	return bench->codes[bench->reported - 1];
}

/* list_old() - compare the old finished sessions */
static void list_old(struct bench *bench, int64_t before_ms, unsigned int limit,
		     const char *wanted)
{
	struct numbers numbers = { .left = -1 };

	assert_int_equal(enc_store_list_old(bench->store, before_ms, limit,
					    add_number, &numbers, NULL),
			 ENC_OK);
	assert_string_equal(numbers.text, wanted);
}

/* put_signature() - the signature of a session's log, by the session's number */
static void put_signature(struct bench *bench, uint64_t number)
{
	const struct enc_store_signature row = {
		.base.type = &enc_store_signatures,
		.org = "o-1",
		.number = number,
		.signature = "01",
	};
	struct enc_store_change *change = enc_store_change_new();

	enc_store_insert(change, &row.base);
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
	assert_int_equal(bench->codes[bench->reported - 1], ENC_OK);
}

static bool has_signature(struct bench *bench, uint64_t number)
{
	enc_autorow struct enc_store_signature row = {
		.base.type = &enc_store_signatures,
		.org = "o-1",
		.number = number,
	};

	return enc_store_get(bench->store, &row.base, NULL) == ENC_OK;
}

/* put_all_of() - a log, a result and an idempotency key of a session */
static void put_all_of(struct bench *bench, const char *id)
{
	const struct enc_store_entry entry = {
		.seq = 1,
		.kind = ENC_ENTRY_AUDIT,
		.at_ms = 1001,
		.data = (const uint8_t *)"a",
		.length = 1,
	};
	const struct enc_store_result result = { .session = id,
						 .record = "{}",
						 .json = "7" };
	const struct enc_store_idempotency key = {
		.base.type = &enc_store_idempotencies,
		.org = "o-1",
		.key = "once",
		.request_sha256 = digest,
		.session = id,
	};
	struct enc_store_change *change = enc_store_change_new();

	enc_store_append_entry(change, id, 0, &entry);
	enc_store_insert_result(change, &result);
	enc_store_insert(change, &key.base);
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
	assert_int_equal(bench->codes[bench->reported - 1], ENC_OK);
}

/* stored_of_org() - what organisation o-1 is charged for */
static uint64_t stored_of_org(struct bench *bench)
{
	enc_autorow struct enc_store_org org = {
		.base.type = &enc_store_orgs,
		.id = "o-1",
	};

	assert_int_equal(enc_store_get(bench->store, &org.base, NULL), ENC_OK);
	return org.stored_bytes;
}

/* Finished ones alone, the oldest first; a change set removes all or none. */
static void test_old_sessions_are_removed(void **state)
{
	static const char *const two[] = { "s-1", "s-3", NULL };
	static const char *const running[] = { "s-5", "s-2", NULL };
	static const char *const unknown[] = { "s-5", "s-99", NULL };
	enc_autorow struct enc_store_idempotency key = {
		.base.type = &enc_store_idempotencies,
		.org = "o-1",
		.key = "once",
	};
	ENC_AUTO(store_session) row = { 0 };
	ENC_AUTO(store_result) result = { 0 };
	struct inventory entries = { 0 };
	uint64_t number = 0;
	uint64_t bytes;
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	many_sessions(&bench);
	put_all_of(&bench, "s-1");
	put_signature(&bench, 1);
	put_signature(&bench, 5);
	list_old(&bench, 6000, 9, " s-1 s-3 s-5");
	list_old(&bench, 6000, 2, " s-1 s-3");
	list_old(&bench, 1000, 9, "");
	bytes = stored_of_org(&bench);
	assert_int_equal(submit_removals(&bench, running), ENC_CONFLICT);
	assert_int_equal(submit_removals(&bench, unknown), ENC_CONFLICT);
	assert_true(has_signature(&bench, 1));
	assert_int_equal(stored_of_org(&bench), bytes);
	bytes -= stored_bytes(&bench, "s-1") + stored_bytes(&bench, "s-3");
	assert_int_equal(submit_removals(&bench, two), ENC_OK);
	assert_int_equal(stored_of_org(&bench), bytes);
	assert_false(has_signature(&bench, 1));
	assert_true(has_signature(&bench, 5));
	list_old(&bench, INT64_MAX, 2, " s-5 s-7");
	assert_int_equal(enc_store_get_session(bench.store, NULL, "s-1", &row,
					       NULL),
			 ENC_NOT_FOUND);
	assert_int_equal(enc_store_get_result(bench.store, "s-1", &result,
					      NULL),
			 ENC_NOT_FOUND);
	assert_int_equal(enc_store_read_entries(bench.store, "s-1",
						&all_entries, add_entry,
						&entries, NULL),
			 ENC_OK);
	assert_int_equal(entries.length, 0);
	assert_int_equal(enc_store_get(bench.store, &key.base, NULL),
			 ENC_NOT_FOUND);
	assert_int_equal(enc_store_next_session_number(bench.store, "o-1",
						       &number, NULL),
			 ENC_OK);
	assert_int_equal(number, 13);
	assert_int_equal(submit_removals(&bench, two), ENC_CONFLICT);
	bench_close(&bench);
}

/* Lines of the admin log from a place on, and no more than asked for. */
static const struct range {
	struct enc_store_range range;
	const char *lines;
} ranges[] = {
	{ { 0, 0 }, "012" },	   { { 1, 0 }, "12" },	{ { 0, 2 }, "01" },
	{ { 2, 5 }, "2" },	   { { 3, 0 }, "" },	{ { 1, 1 }, "1" },
	{ { UINT64_MAX, 0 }, "" }, { { 0, 3 }, "012" },
};

static bool add_seq(void *context, uint64_t seq, const char *line,
		    size_t length)
{
	(void)line;
	(void)length;
	add(context, (char)('0' + (int)seq));
	return true;
}

static void test_ranges(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "zzz");
	run(&bench);
	for (size_t i = 0; i < ENC_COUNT(ranges); i++) {
		struct inventory lines = { 0 };

		assert_int_equal(enc_store_read_admin(bench.store,
						      &ranges[i].range, add_seq,
						      &lines, NULL),
				 ENC_OK);
		assert_string_equal(lines.word, ranges[i].lines);
	}
	bench_close(&bench);
}

#define AUDIT (1U << ENC_ENTRY_AUDIT)
#define STDOUT (1U << ENC_ENTRY_STDOUT)

/* Pages of "aeh", whose entries have one byte each: 1, 2 and 9. */
static const struct page_row {
	struct enc_store_page page;
	const char *entries;
} entry_pages[] = {
	{ { 0, 0, 0, 0 }, "aeh" },
	{ { 1, 0, 0, 0 }, "aeh" },
	{ { 2, 0, 0, 0 }, "eh" },
	{ { 3, 0, 0, 0 }, "h" },
	{ { 9, 0, 0, 0 }, "h" },
	{ { 10, 0, 0, 0 }, "" },
	{ { UINT64_MAX, 0, 0, 0 }, "" },
	{ { 0, AUDIT, 0, 0 }, "ah" },
	{ { 2, AUDIT, 0, 0 }, "h" },
	{ { 0, STDOUT, 0, 0 }, "e" },
	{ { 0, AUDIT | STDOUT, 0, 0 }, "aeh" },
	{ { 0, 1U << ENC_ENTRY_STDERR, 0, 0 }, "" },
	{ { 0, 0, 2, 0 }, "ae" },
	{ { 2, 0, 1, 0 }, "e" },
	{ { 0, AUDIT, 2, 0 }, "ah" },
	{ { 0, 0, 0, 1 }, "a" }, /* the entry that reaches it is the last */
	{ { 0, 0, 0, 2 }, "ae" },
	{ { 0, AUDIT, 0, 2 }, "ah" },
	{ { 0, 0, 1, 2 }, "a" },
};

static void test_entry_pages(void **state)
{
	struct inventory none = { 0 };
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OSTaeh");
	run(&bench);
	assert_int_equal(bench.codes[0], ENC_OK);
	for (size_t i = 0; i < ENC_COUNT(entry_pages); i++) {
		struct inventory entries = { 0 };

		assert_int_equal(enc_store_read_entries(bench.store, "s-1",
							&entry_pages[i].page,
							add_entry, &entries,
							NULL),
				 ENC_OK);
		assert_string_equal(entries.word, entry_pages[i].entries);
	}
	assert_int_equal(enc_store_read_entries(bench.store, "s-2",
						&all_entries, add_entry, &none,
						NULL),
			 ENC_OK);
	assert_int_equal(enc_store_read_entries(bench.store, "s-9",
						&all_entries, add_entry, &none,
						NULL),
			 ENC_OK);
	assert_string_equal(none.word, "");
	bench_close(&bench);
}

static bool check_bytes(void *context, const struct enc_store_entry *entry)
{
	const struct enc_store_entry *wanted = context;

	assert_int_equal(entry->length, wanted->length);
	assert_memory_equal(entry->data, wanted->data, wanted->length);
	return true;
}

/* Every byte comes back, also none, also NUL, also as many as there may be. */
static void test_entry_bytes(void **state)
{
	static const uint8_t few[] = "a\0b\xff\n";
	enc_autofree uint8_t *many = enc_xalloc(ENC_STORE_ENTRY_MAX_BYTES);
	struct enc_store_entry entries[] = {
		{ .data = few, .length = sizeof(few) - 1 },
		{ .data = "", .length = 0 },
		{ .data = many, .length = ENC_STORE_ENTRY_MAX_BYTES },
	};
	struct enc_store_change *change = enc_store_change_new();
	struct bench bench;

	for (size_t i = 0; i < ENC_STORE_ENTRY_MAX_BYTES; i++) {
		many[i] = (uint8_t)(i * 7);
	}
	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OS");
	for (size_t i = 0; i < ENC_COUNT(entries); i++) {
		entries[i].seq = i + 1;
		entries[i].kind = ENC_ENTRY_STDERR;
		enc_store_append_entry(change, "s-1", i, &entries[i]);
	}
	enc_store_submit(bench.store, change, on_durable, &bench);
	run(&bench);
	assert_int_equal(bench.codes[1], ENC_OK);
	for (size_t i = 0; i < ENC_COUNT(entries); i++) {
		const struct enc_store_page one = { .from_seq = i + 1,
						    .max_entries = 1 };

		assert_int_equal(enc_store_read_entries(bench.store, "s-1",
							&one, check_bytes,
							&entries[i], NULL),
				 ENC_OK);
	}
	bench_close(&bench);
}

/* What a visitor of keys has seen. */
struct key_list {
	char text[64];
	int left; /* the visitor ends after so many; below 0: never */
};

static bool add_key(void *context, const struct enc_row *row)
{
	const struct enc_store_key *key = enc_row_as(row, &enc_store_api_keys);
	struct key_list *list = context;

	(void)strncat(list->text, key->id, 8);
	return --list->left != 0;
}

static void test_keys_of_an_organisation(void **state)
{
	struct enc_store_key key = {
		.base.type = &enc_store_api_keys,
		.org = "o-1",
		.name = "",
		.scopes = "admin",
		.secret_sha256 = digest,
	};
	const struct enc_store_key of = {
		.base.type = &enc_store_api_keys,
		.org = "o-1",
	};
	static const char *const ids[] = { "k-9", "k-7", "k-8", "k-6" };
	static const char *const orgs[] = { "o-1", "o-2", "o-1", "o-1" };
	struct enc_store_change *change = enc_store_change_new();
	struct key_list list = { .left = -1 };
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OPk");
	for (int i = 0; i < 4; i++) {
		key.id = ids[i];
		key.org = orgs[i];
		/* Where the time is the same, the id decides. */
		key.created_ms = 20 + (i == 3 ? 2 : i);
		enc_store_insert(change, &key.base);
	}
	enc_store_submit(bench.store, change, on_durable, &bench);
	run(&bench);
	assert_int_equal(bench.codes[1], ENC_OK);
	assert_int_equal(enc_store_list(bench.store, &of.base, add_key, &list,
					NULL),
			 ENC_OK);
	assert_string_equal(list.text, "k-1k-9k-6k-8");
	/* A visitor may have enough, and the next read starts anew. */
	for (int i = 0; i < 2; i++) {
		list = (struct key_list){ .left = 2 };
		assert_int_equal(enc_store_list(bench.store, &of.base, add_key,
						&list, NULL),
				 ENC_OK);
		assert_string_equal(list.text, "k-1k-9");
	}
	bench_close(&bench);
}

/* put_binding() - insert, update or remove a service binding */
static void put_binding(struct bench *bench, enum enc_row_op op, const char *id,
			const char *org, const char *sealed)
{
	const struct enc_store_binding row = {
		.base.type = &enc_store_service_bindings,
		.id = id,
		.org = org,
		.name = "llm",
		.upstream = "https://llm.example.com",
		.injection = "bearer",
		.header = "",
		.username = "",
		.methods = "GET POST",
		.paths = "/v1/models",
		.rate = 60,
		.mask = true,
		.version = 1,
		.sealed = sealed,
		.created_ms = 5,
	};
	struct enc_store_change *change = enc_store_change_new();

	if (op == ENC_ROW_INSERT) {
		enc_store_insert(change, &row.base);
	} else if (op == ENC_ROW_UPDATE) {
		enc_store_update(change, &row.base);
	} else {
		enc_store_remove(change, &row.base);
	}
	enc_store_submit(bench->store, change, on_durable, bench);
	run(bench);
}

/* A name is used once in an organisation, and free again after a removal. */
static void test_names_of_bindings(void **state)
{
	enc_autorow struct enc_store_binding row = {
		.base.type = &enc_store_service_bindings,
		.id = "b-1",
		.org = "o-1",
	};
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "OP");
	run(&bench);
	put_binding(&bench, ENC_ROW_INSERT, "b-1", "o-1", "one");
	put_binding(&bench, ENC_ROW_INSERT, "b-2", "o-1", "two");
	put_binding(&bench, ENC_ROW_INSERT, "b-2", "o-2", "two");
	put_binding(&bench, ENC_ROW_UPDATE, "b-1", "o-1", "again");
	put_binding(&bench, ENC_ROW_UPDATE, "b-1", "o-2", "foreign");
	assert_int_equal(bench.codes[1], ENC_OK);
	assert_int_equal(bench.codes[2], ENC_CONFLICT);
	assert_int_equal(bench.codes[3], ENC_OK);
	assert_int_equal(bench.codes[4], ENC_OK);
	assert_int_equal(bench.codes[5], ENC_NOT_FOUND);
	assert_int_equal(enc_store_get(bench.store, &row.base, NULL), ENC_OK);
	assert_string_equal(row.sealed, "again");
	assert_string_equal(row.methods, "GET POST");
	assert_int_equal(row.rate, 60);
	assert_true(row.mask);
	put_binding(&bench, ENC_ROW_REMOVE, "b-1", "o-1", "");
	put_binding(&bench, ENC_ROW_INSERT, "b-3", "o-1", "three");
	assert_int_equal(bench.codes[6], ENC_OK);
	assert_int_equal(bench.codes[7], ENC_OK);
	bench_close(&bench);
}

/* Numbers go on behind what is stored, and are never given twice. */
static void test_numbers(void **state)
{
	uint64_t number = 0;
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	assert_int_equal(enc_store_next_org_number(bench.store, &number, NULL),
			 ENC_OK);
	assert_int_equal(number, 1);
	assert_int_equal(enc_store_next_session_number(bench.store, "o-1",
						       &number, NULL),
			 ENC_NOT_FOUND);
	submit(&bench, "OPST");
	run(&bench);
	assert_int_equal(enc_store_next_org_number(bench.store, &number, NULL),
			 ENC_OK);
	assert_int_equal(number, 2);
	for (uint64_t i = 3; i < 6; i++) {
		assert_int_equal(enc_store_next_session_number(bench.store,
							       "o-1", &number,
							       NULL),
				 ENC_OK);
		assert_int_equal(number, i);
	}
	assert_int_equal(enc_store_next_session_number(bench.store, "o-2",
						       &number, NULL),
			 ENC_OK);
	assert_int_equal(number, 1);
	bench_close(&bench);
}

/* ---- limits ---- */

static const struct size_row {
	size_t record;
	enum enc_entry_kind kind;
	size_t line;
	size_t json;
	enum enc_code code;
} sizes[] = {
	{ ENC_STORE_RECORD_MAX_BYTES, ENC_ENTRY_AUDIT, 1, 1, ENC_OK },
	{ ENC_STORE_RECORD_MAX_BYTES + 1, ENC_ENTRY_AUDIT, 1, 1, ENC_LIMIT },
	{ 1, ENC_ENTRY_AUDIT, ENC_STORE_LINE_MAX_BYTES, 1, ENC_OK },
	{ 1, ENC_ENTRY_AUDIT, ENC_STORE_LINE_MAX_BYTES + 1, 1, ENC_LIMIT },
	{ 1, ENC_ENTRY_STDERR, ENC_STORE_ENTRY_MAX_BYTES, 1, ENC_OK },
	{ 1, ENC_ENTRY_STDERR, ENC_STORE_ENTRY_MAX_BYTES + 1, 1, ENC_LIMIT },
	{ 1, ENC_ENTRY_AUDIT, 1, ENC_STORE_JSON_MAX_BYTES, ENC_OK },
	{ 1, ENC_ENTRY_AUDIT, 1, ENC_STORE_JSON_MAX_BYTES + 1, ENC_LIMIT },
};

/* text_of() - so many letters; the caller frees */
static char *text_of(size_t length)
{
	char *text = enc_xalloc(length + 1);

	memset(text, 'x', length);
	return text;
}

static void test_limits(void **state)
{
	for (size_t i = 0; i < ENC_COUNT(sizes); i++) {
		enc_autofree char *record = text_of(sizes[i].record);
		enc_autofree char *json = text_of(sizes[i].json);
		enc_autofree char *line = text_of(sizes[i].line);
		struct enc_store_entry entry = { .seq = 1 };
		const struct enc_store_session session = {
			.id = "s-1",
			.org = "o-1",
			.number = 1,
			.name = "",
			.phase = "pending",
			.outcome = "",
			.record = record,
			.genesis = "{}",
		};
		const struct enc_store_result result = {
			.session = "s-1",
			.record = "{}",
			.json = json,
		};
		struct enc_store_change *change = enc_store_change_new();
		struct bench bench;

		bench_open(&bench, *state, 0, ENC_OK);
		put_org(change, "o-1", 1);
		enc_store_insert_session(change, &session);
		entry.kind = sizes[i].kind;
		entry.data = line;
		entry.length = sizes[i].line;
		enc_store_append_entry(change, "s-1", 0, &entry);
		enc_store_insert_result(change, &result);
		enc_store_submit(bench.store, change, on_durable, &bench);
		run(&bench);
		assert_int_equal(bench.codes[0], sizes[i].code);
		bench_close(&bench);
	}
}

/* A row past a limit of its columns: nothing of that change set. */
static void test_limits_of_rows(void **state)
{
	for (size_t extra = 0; extra < 2; extra++) {
		const size_t length = ENC_STORE_NAME_MAX_BYTES + extra;
		enc_autofree char *name = text_of(length);
		const struct enc_store_org org = {
			.base.type = &enc_store_orgs,
			.id = "o-1",
			.number = 1,
			.name = name,
		};
		struct enc_store_change *change = enc_store_change_new();
		struct bench bench;

		bench_open(&bench, *state, 0, ENC_OK);
		put_org(change, "o-2", 2);
		enc_store_insert(change, &org.base);
		enc_store_submit(bench.store, change, on_durable, &bench);
		run(&bench);
		assert_int_equal(bench.codes[0],
				 extra == 0 ? ENC_OK : ENC_LIMIT);
		if (extra > 0) {
			assert_string_equal(bench.messages[0],
					    "organisation: the name has 256 "
					    "bytes, at most 255 are allowed");
			assert_string_equal(take_inventory(&bench).word, "");
		}
		bench_close(&bench);
	}
}

/* More steps than a change set may have: refused, not half of them. */
static void test_too_many_steps(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	for (size_t i = 0; i <= ENC_STORE_STEPS_MAX; i++) {
		put_org(change, "o-1", 1);
	}
	enc_store_submit(bench.store, change, on_durable, &bench);
	run(&bench);
	assert_int_equal(bench.codes[0], ENC_LIMIT);
	assert_string_equal(bench.messages[0],
			    "the number of steps of 16385 is above 16384");
	bench_close(&bench);
}

/* ---- ends ---- */

/* What was submitted is durable and told when the flush returns. */
static void test_flush(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, 0, ENC_OK);
	submit(&bench, "O");
	submit(&bench, "S");
	submit(&bench, "X");
	enc_store_flush_and_free(bench.store);
	bench.store = NULL;
	assert_int_equal(bench.reported, 3);
	assert_int_equal(bench.codes[1], ENC_OK);
	assert_int_equal(bench.codes[2], ENC_NOT_FOUND);
	bench_close(&bench);
}

/* A change set may be made and thrown away; a report may be unwanted. */
static void test_unwanted(void **state)
{
	struct enc_store_change *change = enc_store_change_new();
	struct bench bench;

	put_session(change, "s-1", "o-1", 1);
	enc_store_change_free(change);
	enc_store_change_free(NULL);
	enc_store_flush_and_free(NULL);
	bench_open(&bench, *state, 0, ENC_OK);
	enc_store_submit(bench.store, enc_store_change_new(), NULL, NULL);
	run(&bench);
	assert_int_equal(bench.reported, 0);
	bench_close(&bench);
}

/* A full disk: nothing of that group, and the next one goes through. */
static void test_full_once(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 2, ENC_STORAGE_FULL);
	submit(&bench, "Oz");
	run(&bench);
	submit(&bench, "Saz");
	run(&bench);
	assert_int_equal(bench.codes[1], ENC_STORAGE_FULL);
	assert_string_equal(take_inventory(&bench).word, "Oz");
	submit(&bench, "Saz");
	submit(&bench, "bz");
	run(&bench);
	assert_int_equal(bench.codes[2], ENC_OK);
	assert_int_equal(bench.codes[3], ENC_OK);
	assert_string_equal(take_inventory(&bench).word, "OSabzzz");
	check_admin(&bench, 3);
	bench_close(&bench);
}

/* A group too large for the disk: what fits alone doesn't share its end. */
static void test_full_for_a_group(void **state)
{
	struct bench bench;
	unsigned int failed = 0;

	bench_open(&bench, *state, /* fail_at= */ 2, ENC_STORAGE_FULL);
	submit(&bench, "Oz");
	run(&bench);
	for (size_t i = 0; i < GROUP_SETS; i++) {
		submit(&bench, "z");
	}
	run(&bench);
	for (size_t i = 1; i <= GROUP_SETS; i++) {
		failed += bench.codes[i] != ENC_OK;
	}
	/* Where the writer took the first one alone, that one has failed. */
	assert_in_range(failed, 0, 1);
	check_admin(&bench, 1 + GROUP_SETS - failed);
	bench_close(&bench);
}

/* I/O failed: nothing more is written, reads go on. */
static void test_stops(void **state)
{
	struct bench bench;

	bench_open(&bench, *state, /* fail_at= */ 2, ENC_INTERNAL);
	submit(&bench, "O");
	run(&bench);
	submit(&bench, "S");
	run(&bench);
	submit(&bench, "P");
	submit(&bench, "O");
	run(&bench);
	assert_int_equal(bench.codes[0], ENC_OK);
	for (size_t i = 1; i < 4; i++) {
		assert_int_equal(bench.codes[i], ENC_INTERNAL);
	}
	assert_string_equal(bench.messages[1], "commit 2 was told to fail");
	assert_string_equal(bench.messages[3],
			    "the store has stopped, restart to recover: commit "
			    "2 was told to fail");
	assert_string_equal(take_inventory(&bench).word, "O");
	assert_int_equal(bench.stopped, 1);
	bench_close(&bench);
}

int main(void)
{
	int failures = 0;

	for (size_t i = 0; i < ENC_COUNT(subjects); i++) {
		struct subject *s = &subjects[i];
		const struct CMUnitTest suite[] = {
			cmocka_unit_test_prestate(test_every_tale, s),
			cmocka_unit_test_prestate(test_round_trip, s),
			cmocka_unit_test_prestate(
				test_updated_where_it_is_inserted, s),
			cmocka_unit_test_prestate(test_not_found, s),
			cmocka_unit_test_prestate(test_rows_not_found, s),
			cmocka_unit_test_prestate(test_pages, s),
			cmocka_unit_test_prestate(test_old_sessions_are_removed,
						  s),
			cmocka_unit_test_prestate(test_ranges, s),
			cmocka_unit_test_prestate(test_entry_pages, s),
			cmocka_unit_test_prestate(test_entry_bytes, s),
			cmocka_unit_test_prestate(test_keys_of_an_organisation,
						  s),
			cmocka_unit_test_prestate(test_names_of_bindings, s),
			cmocka_unit_test_prestate(test_numbers, s),
			cmocka_unit_test_prestate(test_limits, s),
			cmocka_unit_test_prestate(test_limits_of_rows, s),
			cmocka_unit_test_prestate(test_too_many_steps, s),
			cmocka_unit_test_prestate(test_flush, s),
			cmocka_unit_test_prestate(test_unwanted, s),
		};

		failures +=
			cmocka_run_group_tests_name(s->name, suite, NULL, NULL);
		if (s->inner != NULL) {
			const struct CMUnitTest faults[] = {
				cmocka_unit_test_prestate(test_full_once, s),
				cmocka_unit_test_prestate(test_full_for_a_group,
							  s),
				cmocka_unit_test_prestate(test_stops, s),
			};

			failures +=
				cmocka_run_group_tests_name("faults", faults,
							    NULL, NULL);
		}
	}
	return failures;
}
