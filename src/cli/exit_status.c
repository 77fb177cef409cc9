#include <string.h>

#include "exit_status.h"

const struct enc_kill_reason enc_kill_reasons[] = {
	{ "cpu_exceeded", 121,
	  "it used up its CPU time; raise --limit cpuSeconds=N" },
	{ "memory_exceeded", 122,
	  "it needed more memory; raise --limit memoryMb=N" },
	{ "pids_exceeded", 123,
	  "it made too many processes; raise --limit pidsLimit=N" },
	{ "wall_clock_exceeded", 124,
	  "it ran too long; raise --timeout (limit wallClockSeconds)" },
	{ "idle_timeout", 124, "nobody used it for too long" },
	{ "lifetime_exceeded", 124, "its lifetime was over" },
	{ "cancelled", 130, "it was ended on request" },
};

const size_t enc_kill_reason_count = ENC_COUNT(enc_kill_reasons);

const struct enc_kill_reason *enc_kill_reason_find(const char *name)
{
	for (size_t i = 0; i < enc_kill_reason_count; i++) {
		if (strcmp(enc_kill_reasons[i].name, name) == 0) {
			return &enc_kill_reasons[i];
		}
	}
	return NULL;
}

int enc_exit_status_of(enum enc_code code)
{
	int status = enc_code_info(code)->cli_exit;

	return status == 0 ? enc_code_info(ENC_INTERNAL)->cli_exit : status;
}
