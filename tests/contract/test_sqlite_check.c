/*
 * Checksums of pages: what is damaged on the disk is an error, never another
 * answer; and what isn't, is none.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "buf.h"
#include "def.h"
#include "sha256.h"
#include "sqlite_check.h"

enum { PAGE = ENC_SQLITE_PAGE_BYTES, PAGES_MAX = 64, SCATTERED = 2000 };

/* Every row by both ways to it: all pages are read. */
static const char everything[] =
	"SELECT id, name, length(bytes), bytes FROM one NOT INDEXED ORDER BY id;"
	"SELECT name FROM one INDEXED BY names ORDER BY name;";

/* A database in a file, its bytes as they were, and what it answers. */
struct subject {
	char path[64];
	uint8_t good[PAGES_MAX * PAGE];
	size_t length;
	char answer[ENC_SHA256_HEX_BYTES];
};

static sqlite3 *open_at(const char *path)
{
	sqlite3 *base = NULL;
	int keep = 1;

	assert_int_equal(sqlite3_open_v2(path, &base,
					 SQLITE_OPEN_READWRITE |
						 SQLITE_OPEN_CREATE,
					 enc_sqlite_check_vfs()),
			 SQLITE_OK);
	(void)sqlite3_extended_result_codes(base, 1);
	ENC_IGNORE(sqlite3_file_control(base, "main", SQLITE_FCNTL_PERSIST_WAL,
					&keep));
	return base;
}

static void run(sqlite3 *base, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(base, sql, NULL, NULL, &why) != SQLITE_OK) {
		fail_msg("%s", why);
	}
}

/* make_base() - an empty one with room for checksums, in WAL mode */
static sqlite3 *make_base(const char *path)
{
	sqlite3 *base = open_at(path);
	int reserved = ENC_SQLITE_CHECK_BYTES;

	assert_int_equal(sqlite3_file_control(base, "main",
					      SQLITE_FCNTL_RESERVE_BYTES,
					      &reserved),
			 SQLITE_OK);
	run(base, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
		  "PRAGMA journal_size_limit = 0");
	return base;
}

static int add_column(void *context, int count, char **values, char **names)
{
	(void)names;
	for (int i = 0; i < count; i++) {
		const char *value = values[i] == NULL ? "" : values[i];

		enc_sha256_add(context, value, strlen(value) + 1);
	}
	return 0;
}

/* ask() - everything, as a digest; the result of SQLite */
static int ask(const char *path, char ret_answer[ENC_SHA256_HEX_BYTES])
{
	struct enc_sha256 *sum = enc_sha256_new();
	sqlite3 *base = open_at(path);
	int result;

	enc_sha256_begin(sum);
	result = sqlite3_exec(base, everything, add_column, sum, NULL);
	enc_sha256_end(sum, ret_answer);
	enc_sha256_free(sum);
	assert_int_equal(sqlite3_close(base), SQLITE_OK);
	return result;
}

static int make_subject(void **state)
{
	struct subject *subject = enc_xalloc(sizeof(*subject));
	struct stat about;
	sqlite3 *base;
	int fd;

	(void)snprintf(subject->path, sizeof(subject->path),
		       "/tmp/enclave-check-%d", (int)getpid());
	base = make_base(subject->path);
	run(base,
	    "CREATE TABLE one(id INTEGER PRIMARY KEY, name TEXT, bytes);"
	    "CREATE INDEX names ON one(name);"
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < 60) INSERT INTO one SELECT i, 'name ' || i * 7 % 61,"
	    " hex(zeroblob(iif(i % 20 = 0, 5000, 50))) FROM n;");
	assert_int_equal(sqlite3_close(base), SQLITE_OK);
	fd = open(subject->path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &about) == 0);
	subject->length = (size_t)about.st_size;
	assert_in_range(subject->length, 10 * PAGE, sizeof(subject->good));
	assert_int_equal(pread(fd, subject->good, subject->length, 0),
			 subject->length);
	(void)close(fd);
	assert_int_equal(ask(subject->path, subject->answer), SQLITE_OK);
	*state = subject;
	return 0;
}

static int free_subject(void **state)
{
	struct subject *subject = *state;
	static const char *const endings[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < ENC_COUNT(endings); i++) {
		char path[80];

		(void)snprintf(path, sizeof(path), "%s%s", subject->path,
			       endings[i]);
		(void)unlink(path);
	}
	free(subject);
	return 0;
}

/* write_at() - bytes of the file, behind the layer's back */
static void write_at(const struct subject *subject, const uint8_t *bytes,
		     size_t length, size_t at)
{
	int fd = open(subject->path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, (off_t)at), length);
	(void)close(fd);
}

/* must_fail() - with the file as it is now; then it is put right */
static void must_fail(const struct subject *subject, const char *what,
		      size_t where)
{
	char answer[ENC_SHA256_HEX_BYTES];

	if (ask(subject->path, answer) == SQLITE_OK) {
		fail_msg("%s at %zu wasn't seen: the answer is %s", what, where,
			 strcmp(answer, subject->answer) == 0 ? "the same"
							      : "another");
	}
	write_at(subject, subject->good, subject->length, 0);
}

static void flip(const struct subject *subject, size_t at, unsigned int bit)
{
	const uint8_t byte = (uint8_t)(subject->good[at] ^ (1U << bit));

	write_at(subject, &byte, 1, at);
	must_fail(subject, "a flipped bit", at);
}

/*
 * Every byte of the first page, of the schema's and a leaf; others here and
 * there. All of them lie in pages that are asked for.
 */
static void test_flips(void **state)
{
	const struct subject *subject = *state;
	uint64_t chance = 88172645463325252U;

	for (size_t at = 0; at < 2 * PAGE; at++) {
		flip(subject, at, at % 8);
	}
	for (int i = 0; i < SCATTERED; i++) {
		chance ^= chance << 13;
		chance ^= chance >> 7;
		chance ^= chance << 17;
		flip(subject, (size_t)(chance >> 8) % subject->length,
		     chance % 8);
	}
}

/* A page that is right, in the place of another. */
static void test_swaps(void **state)
{
	const struct subject *subject = *state;
	size_t count = subject->length / PAGE;

	for (size_t a = 1; a < count; a++) {
		size_t b = a + 1 < count ? a + 1 : 1;

		write_at(subject, subject->good + a * PAGE, PAGE, b * PAGE);
		must_fail(subject, "a page twice", b);
		write_at(subject, subject->good + a * PAGE, PAGE, b * PAGE);
		write_at(subject, subject->good + b * PAGE, PAGE, a * PAGE);
		must_fail(subject, "a swap", a);
	}
}

static void test_lost_pages(void **state)
{
	static const uint8_t zeros[PAGE];
	const struct subject *subject = *state;

	for (size_t at = 0; at < subject->length; at += PAGE) {
		write_at(subject, zeros, PAGE, at);
		must_fail(subject, "a page of zeros", at);
		write_at(subject, zeros, PAGE / 2, at + PAGE / 2);
		must_fail(subject, "half a page of zeros", at);
	}
	for (size_t at = 0; at < subject->length; at += PAGE / 2) {
		assert_int_equal(truncate(subject->path, (off_t)at), 0);
		if (at > 0) { /* one without a byte is a new one */
			must_fail(subject, "a file that is cut", at);
		}
		write_at(subject, subject->good, subject->length, 0);
	}
}

static sqlite3_file *file_of(sqlite3 *base)
{
	sqlite3_file *file = NULL;

	assert_int_equal(sqlite3_file_control(base, "main",
					      SQLITE_FCNTL_FILE_POINTER,
					      (void *)&file),
			 SQLITE_OK);
	return file;
}

/* Some of SQLite's builds read a piece of a page, past their cache. */
static void test_pieces(void **state)
{
	const struct subject *subject = *state;
	sqlite3 *base = open_at(subject->path);
	sqlite3_file *file = file_of(base);
	const uint8_t wrong = (uint8_t)(subject->good[2 * PAGE + 9] ^ 1);
	uint8_t piece[2 * PAGE];

	assert_int_equal(file->pMethods->xRead(file, piece, 100, 0), SQLITE_OK);
	assert_memory_equal(piece, subject->good, 100);
	assert_int_equal(file->pMethods->xRead(file, piece, 500, 2 * PAGE + 80),
			 SQLITE_OK);
	assert_memory_equal(piece, subject->good + 2 * PAGE + 80, 500);
	assert_int_equal(enc_sqlite_check_damaged(base), 0);
	write_at(subject, &wrong, 1, 2 * PAGE + 9);
	assert_int_equal(file->pMethods->xRead(file, piece, 500, 2 * PAGE + 80),
			 SQLITE_IOERR_DATA);
	assert_int_equal(enc_sqlite_check_damaged(base), 3);
	write_at(subject, subject->good, subject->length, 0);
	/* More than a page, which only a wrong header leads to. */
	assert_int_equal(file->pMethods->xRead(file, piece, 2 * PAGE, 0),
			 SQLITE_IOERR_DATA);
	assert_int_equal(file->pMethods->xWrite(file, piece, 500, PAGE),
			 SQLITE_IOERR_WRITE);
	assert_int_equal(file->pMethods->xWrite(file, piece, 2 * PAGE, PAGE),
			 SQLITE_IOERR_WRITE);
	assert_int_equal(sqlite3_close(base), SQLITE_OK);
}

/* What is written, moved, freed and folded, with hardly a cache, is whole. */
static void test_churn(void **state)
{
	static const char *const turns[] = {
		"INSERT INTO one SELECT NULL, name || 'n', bytes || bytes"
		" FROM one WHERE id % 3 = 0",
		"UPDATE one SET bytes = substr(bytes, 1, 40) WHERE id % 5 = 0",
		"UPDATE one SET bytes = hex(zeroblob(9000)) WHERE id % 7 = 0",
		"SAVEPOINT s; DELETE FROM one WHERE id % 2 = 0; ROLLBACK TO s;"
		" RELEASE s",
		"DELETE FROM one WHERE id % 4 = 1",
		"PRAGMA wal_checkpoint(PASSIVE)",
		"REINDEX",
		"PRAGMA wal_checkpoint(TRUNCATE)",
	};
	const struct subject *subject = *state;
	char answer[ENC_SHA256_HEX_BYTES];
	char path[80];
	sqlite3 *base;

	(void)snprintf(path, sizeof(path), "%s-churn", subject->path);
	base = make_base(path);
	run(base, "CREATE TABLE one(id INTEGER PRIMARY KEY, name TEXT, bytes);"
		  "CREATE INDEX names ON one(name);"
		  "INSERT INTO one VALUES(3, 'a', 'b'), (5, 'c', 'd');"
		  "PRAGMA temp_store = MEMORY; PRAGMA cache_size = 10;");
	for (size_t i = 0; i < 12 * ENC_COUNT(turns); i++) {
		run(base, turns[i % ENC_COUNT(turns)]);
	}
	assert_int_equal(enc_sqlite_check_damaged(base), 0);
	run(base, "PRAGMA integrity_check");
	assert_int_equal(sqlite3_close(base), SQLITE_OK);
	assert_int_equal(ask(path, answer), SQLITE_OK);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s-churn-wal", subject->path);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s-churn-shm", subject->path);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest suite[] = {
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_swaps),
		cmocka_unit_test(test_lost_pages),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_churn),
	};

	return cmocka_run_group_tests_name("sqlite_check", suite, make_subject,
					   free_subject);
}
