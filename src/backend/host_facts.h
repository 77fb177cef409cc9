#ifndef ENC_BACKEND_HOST_FACTS_H
#define ENC_BACKEND_HOST_FACTS_H

/*
 * What the launcher tells of the machine, as facts of a backend; and its names
 * for what this side calls places. Pure.
 */

#include "backend.h"

/* enc_host_facts_backend() - the launcher's name of a place; INVALID: none */
enum enc_launch_backend enc_host_facts_backend(enum enc_isolation isolation);

/* enc_host_facts_environment() - false if it comes out of order */
bool enc_host_facts_environment(struct enc_backend_facts *facts,
				const struct enc_launch_environment *told);

/* enc_host_facts_host() - @first is the default place, if it is there */
void enc_host_facts_host(struct enc_backend_facts *facts,
			 const struct enc_launch_host *told,
			 enum enc_launch_backend first);

#endif
