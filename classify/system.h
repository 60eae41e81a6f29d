/* Operating systems by family: which names can be true of one machine at once.
 * Any thread; constant data. */
#ifndef ONLOOKER_CLASSIFY_SYSTEM_H
#define ONLOOKER_CLASSIFY_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

enum system_family {
	SYSTEM_NONE,  /* no operating system */
	SYSTEM_OTHER, /* one whose kin is not known: agrees with none, contradicts none */
	SYSTEM_UNIX,  /* some Unix: contradicts Windows alone, agrees with none */
	SYSTEM_WINDOWS,
	SYSTEM_LINUX, /* its distributions and Android too: one kernel, one stack */
	SYSTEM_APPLE,
	SYSTEM_FREEBSD, /* and what is made of it */
	SYSTEM_OPENBSD,
	SYSTEM_NETBSD,
	SYSTEM_SOLARIS,
	SYSTEM_CISCO_IOS
};

/* The family of a system by its title ("Ubuntu Linux", "Windows Server 2019"). */
enum system_family system_family(const char *title);

/* Both names can be said of one machine for the same reason. */
bool system_agree(enum system_family a, enum system_family b);

/* Not both names can be true of one machine. */
bool system_differ(enum system_family a, enum system_family b);

/* The first is the name of a kernel, and the second of a system that runs on it: "Linux" and "Android". Both are true.
 */
bool system_underlies(const char *kernel, const char *title);

#endif
