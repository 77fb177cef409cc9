#include <string.h>

#include "host_facts.h"

static const enum enc_launch_backend backends[ENC_ISOLATION_MAX] = {
	[ENC_ISOLATION_HOST_KERNEL] = ENC_LAUNCH_BACKEND_NATIVE,
	[ENC_ISOLATION_GVISOR] = ENC_LAUNCH_BACKEND_GVISOR,
};

enum enc_launch_backend enc_host_facts_backend(enum enc_isolation isolation)
{
	return backends[isolation];
}

bool enc_host_facts_environment(struct enc_backend_facts *facts,
				const struct enc_launch_environment *told)
{
	struct enc_backend_environment *row;

	if (told->index != facts->environment_count ||
	    told->index >= ENC_LAUNCH_ENVIRONMENTS_MAX) {
		return false;
	}
	row = &facts->environments[facts->environment_count++];
	memcpy(row->name, told->name, sizeof(row->name));
	memcpy(row->digest, told->digest, sizeof(row->digest));
	return true;
}

void enc_host_facts_host(struct enc_backend_facts *facts,
			 const struct enc_launch_host *told,
			 enum enc_launch_backend first)
{
	for (size_t i = 0; i < ENC_COUNT(backends); i++) {
		enum enc_launch_backend backend = backends[i];

		if (backend != ENC_LAUNCH_BACKEND_INVALID &&
		    told->layers[backend] != 0) {
			facts->places[i] = enc_launch_backend_name(backend);
			if (facts->isolation == ENC_ISOLATION_SIMULATED ||
			    backend == first) {
				facts->isolation = (enum enc_isolation)i;
			}
		}
	}
	facts->cores = told->cores;
	facts->memory_bytes = told->memory_bytes;
	facts->sandboxes_max = told->sandboxes_max;
	facts->orphans_reaped = told->orphans_reaped;
}
