#ifndef ENC_CLI_DEMO_EVIDENCE_H
#define ENC_CLI_DEMO_EVIDENCE_H

/* The files that a demo leaves. */

#include <jansson.h>

#include "buf.h"
#include "command.h"

/* Writes a report as Markdown: enc_demo_report_text() and others. */
typedef int enc_demo_text_fn(const json_t *report, struct enc_buf *out);

/**
 * enc_demo_evidence() - write a report as JSON and as Markdown
 * @name:      the files are NAME-report.json and NAME-report.md
 * @directory: made if it is missing; NULL: "evidence"
 * @note:      file for a line that tells where they are; NULL: none
 *
 * Return: ENC_OK; ENC_UNAVAILABLE if a file or directory can't be made
 */
ENC_NODISCARD enum enc_code enc_demo_evidence(const char *name,
					      const json_t *report,
					      enc_demo_text_fn *text_of,
					      const char *directory, FILE *note,
					      struct enc_error *err);

/* Terminal escape sequences for colours; empty strings without colour. */
struct enc_demo_paint {
	const char *good;
	const char *bad;
	const char *strong;
	const char *faint;
	const char *plain;
};

/* enc_demo_paint_of() - with colour or without, static */
const struct enc_demo_paint *enc_demo_paint_of(bool colour);

/* enc_demo_rule() - print a horizontal line */
void enc_demo_rule(FILE *out, const struct enc_demo_paint *paint);

/*
 * enc_demo_write_title() - append the first lines of a report as Markdown: the
 * demo's name, how many checks passed, version, backend and time
 */
ENC_NODISCARD int enc_demo_write_title(const char *name, const json_t *report,
				       struct enc_buf *out);

/* enc_demo_nullable() - make a JSON string, or null for an empty text */
json_t *enc_demo_nullable(const char *text);

#endif
