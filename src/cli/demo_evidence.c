#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "demo_evidence.h"
#include "file.h"
#include "print.h"

enum { REPORT_BYTES_MAX = 1 << 20, RULE_WIDTH = 76 };

/* make_directories() - make @path and its parents; on failure errno is set */
static bool make_directories(const char *path)
{
	enc_autofree char *copy = enc_xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST) {
			return false;
		}
		*slash = '/';
	}
	return mkdir(path, 0777) == 0 || errno == EEXIST;
}

enum enc_code enc_demo_evidence(const char *name, const json_t *report,
				enc_demo_text_fn *text_of,
				const char *directory, FILE *note,
				struct enc_error *err)
{
	const char *where = directory == NULL ? "evidence" : directory;
	ENC_AUTO(buf) text = ENC_BUF(REPORT_BYTES_MAX);
	enc_autofree char *json_path =
		enc_xprintf("%s/%s-report.json", where, name);
	enc_autofree char *text_path =
		enc_xprintf("%s/%s-report.md", where, name);
	enc_autofree char *dumped =
		json_dumps(report, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	enum enc_code code;

	ENC_ASSERT(dumped != NULL);
	if (!make_directories(where)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"%.150s can't be made: %s; --out chooses "
				"another place",
				where, strerror(errno));
	}
	if (text_of(report, &text) != 0) {
		return enc_fail(err, ENC_LIMIT, "the report is too long");
	}
	code = enc_file_write(json_path, dumped, strlen(dumped), err);
	if (code == ENC_OK) {
		code = enc_file_write(text_path, enc_buf_bytes(&text),
				      text.length, err);
	}
	if (code == ENC_OK && note != NULL) {
		(void)fprintf(note,
			      "  evidence written to %s/%s-report.{json,md}\n",
			      where, name);
	}
	return code;
}

const struct enc_demo_paint *enc_demo_paint_of(bool colour)
{
	static const struct enc_demo_paint none = { "", "", "", "", "" };
	static const struct enc_demo_paint bright = { "\x1b[32m", "\x1b[31m",
						      "\x1b[1m", "\x1b[2m",
						      "\x1b[0m" };

	return colour ? &bright : &none;
}

void enc_demo_rule(FILE *out, const struct enc_demo_paint *paint)
{
	(void)fprintf(out, "%s  ", paint->faint);
	for (int i = 0; i < RULE_WIDTH; i++) {
		(void)fputs("─", out);
	}
	(void)fprintf(out, "%s\n", paint->plain);
}

int enc_demo_write_title(const char *name, const json_t *report,
			 struct enc_buf *out)
{
	return enc_buf_printf(
		out,
		"# %s: %d of %d checks passed\n\n"
		"Enclave %s, backend %s, kernel %s, %s\n\n",
		name,
		(int)json_integer_value(json_object_get(report, "passed")),
		(int)json_integer_value(json_object_get(report, "total")),
		enc_json_text(report, "version"),
		enc_json_text(report, "backend"),
		enc_json_text(report, "kernel"),
		enc_json_text(report, "createdAt"));
}

json_t *enc_demo_nullable(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}
