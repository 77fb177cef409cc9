#include "machine_check.h"
#include "machine_judge.h"

enum enc_code enc_machine_check_require(const struct enc_machine *machine,
					struct enc_error *err)
{
	struct enc_machine_facts facts;
	struct enc_machine_row rows[ENC_MACHINE_ROWS_MAX];
	size_t count;

	enc_machine_find_basics(machine, &facts);
	count = enc_machine_judge_basics(&facts, rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].state != ENC_MACHINE_OK) {
			return enc_fail(err, ENC_UNAVAILABLE, "%s: %.160s; %s",
					rows[i].feature, rows[i].detail,
					rows[i].remedy);
		}
	}
	return ENC_OK;
}

/* print_text() - print a text as JSON; a control character becomes '?' */
static void print_text(const char *name, const char *text)
{
	printf("\"%s\":\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			putchar('\\');
		}
		putchar((unsigned char)*text < ' ' ? '?' : *text);
	}
	putchar('"');
}

static void print_row(const struct enc_machine_row *row, bool first)
{
	printf("%s\n{", first ? "" : ",");
	print_text("feature", row->feature);
	printf(",\"ok\":%s,\"required\":%s,",
	       row->state == ENC_MACHINE_OK ? "true" : "false",
	       row->required ? "true" : "false");
	print_text("state", enc_machine_state_name(row->state));
	putchar(',');
	print_text("detail", row->detail);
	putchar(',');
	print_text("remedy", row->remedy);
	putchar('}');
}

bool enc_machine_check_print(const struct enc_machine *machine)
{
	struct enc_machine_facts facts;
	struct enc_machine_row rows[ENC_MACHINE_ROWS_MAX];
	bool all = true;
	size_t count;

	enc_machine_find_all(machine, &facts);
	count = enc_machine_judge_all(&facts, rows);
	putchar('[');
	for (size_t i = 0; i < count; i++) {
		all &= rows[i].state != ENC_MACHINE_MISSING;
		print_row(&rows[i], i == 0);
	}
	printf("\n]\n");
	return all;
}
