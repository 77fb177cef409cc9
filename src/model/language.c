#include <assert.h>

#include "language.h"

/*
 * idle_bytes: 3.5, 16 and 1 MB were measured. The values are higher, since the
 * kernel doesn't charge all of its own memory.
 *
 * open_files_least: node starts with 20, its workers start with 24, and
 * spawnSync() works with 32, natively and in gVisor.
 */
static const struct enc_language_row rows[] = {
	[ENC_LANGUAGE_PYTHON] = { .name = "python",
				  .entry = "main.py",
				  .interpreter = "python3",
				  .aliases = { "py", "python3" },
				  .endings = { ".py" },
				  .idle_bytes = UINT64_C(8) << 20,
				  .open_files_least = 16 },
	[ENC_LANGUAGE_NODE] = { .name = "node",
				.entry = "main.js",
				.interpreter = "node",
				.aliases = { "js", "javascript", "nodejs" },
				.endings = { ".js", ".mjs", ".cjs" },
				.idle_bytes = UINT64_C(32) << 20,
				.open_files_least = 32,
				/* The limit of its heap is half of it. */
				.starts_with =
					ENC_LIMIT_BIT(ENC_LIMIT_MEMORY) },
	[ENC_LANGUAGE_COMMAND] = { .name = "command",
				   .idle_bytes = UINT64_C(4) << 20,
				   .open_files_least = 16 },
};
static_assert(ENC_COUNT(rows) == ENC_LANGUAGE_MAX, "a language without row");

const struct enc_language_row *enc_language_info(enum enc_language language)
{
	ENC_ASSERT(language > ENC_LANGUAGE_INVALID &&
		   language < ENC_LANGUAGE_MAX);
	return &rows[language];
}

const char *enc_language_name(enum enc_language language)
{
	return enc_language_info(language)->name;
}

enum enc_code enc_language_check(enum enc_language language,
				 const struct enc_limits *limits,
				 struct enc_error *err)
{
	const struct enc_language_row *row = enc_language_info(language);
	uint64_t files = limits->value[ENC_LIMIT_OPEN_FILES];

	return files >= row->open_files_least
		       ? ENC_OK
		       : enc_fail(err, ENC_BAD_LIMITS,
				  "%s is %llu, %s needs %llu at least",
				  enc_limit_info(ENC_LIMIT_OPEN_FILES)->name,
				  (unsigned long long)files, row->name,
				  (unsigned long long)row->open_files_least);
}

bool enc_language_parse(const char *name, enum enc_language *ret_language)
{
	for (size_t i = ENC_LANGUAGE_INVALID + 1; i < ENC_COUNT(rows); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*ret_language = (enum enc_language)i;
			return true;
		}
	}
	return false;
}

bool enc_language_of_word(const char *word, enum enc_language *ret_language)
{
	for (size_t i = ENC_LANGUAGE_INVALID + 1; i < ENC_COUNT(rows); i++) {
		const char *const *alias = rows[i].aliases;

		while (*alias != NULL && strcmp(*alias, word) != 0) {
			alias++;
		}
		if (*alias != NULL || (rows[i].entry != NULL &&
				       strcmp(rows[i].name, word) == 0)) {
			*ret_language = (enum enc_language)i;
			return true;
		}
	}
	return false;
}

bool enc_language_of_file(const char *path, enum enc_language *ret_language)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = ENC_LANGUAGE_INVALID + 1;
	     dot != NULL && i < ENC_COUNT(rows); i++) {
		const char *const *ending = rows[i].endings;

		while (*ending != NULL && strcmp(*ending, dot) != 0) {
			ending++;
		}
		if (*ending != NULL) {
			*ret_language = (enum enc_language)i;
			return true;
		}
	}
	return false;
}
