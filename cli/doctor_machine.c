/* Checks of the machine: rights, memory, CPUs, clock. */
#include "cli/doctor.h"

#include <dirent.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#define RMEM_WANTED 4194304 /* octets, for records that come over UDP */

static void privileges(struct doctor *d)
{
	unsigned long long effective = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	if (f)
		fclose(f);
	if (effective >> CAP_NET_RAW & 1)
		doctor_add(d, "privileges", DOCTOR_GOOD, "may capture (CAP_NET_RAW)");
	else
		doctor_mend(doctor_add(d, "privileges", DOCTOR_FAULT, "may not capture: CAP_NET_RAW is missing"),
			    "sudo setcap cap_net_raw+ep $(command -v onlooker)");
}

/* The number behind "[...]" choices and plain files alike; -1 when there is none. */
static long number_in(const char *path)
{
	char text[64];
	doctor_read(text, sizeof text, "%s", path);
	return *text ? strtol(text, NULL, 10) : -1;
}

static void socket_memory(struct doctor *d)
{
	long rmem = number_in("/proc/sys/net/core/rmem_max");
	if (rmem < 0 || rmem >= RMEM_WANTED)
		doctor_add(d, "rmem", DOCTOR_GOOD, rmem < 0 ? "cannot be asked here" : "sockets may hold %ld octets",
			   rmem);
	else
		doctor_mend(doctor_add(d, "rmem", DOCTOR_HINT,
				       "sockets may hold %ld octets: little for records over UDP; rings do not need it",
				       rmem),
			    "sudo sysctl -w net.core.rmem_max=%d", RMEM_WANTED);
}

/* Frames that the kernel dropped between card and ring: the second number of every CPU's line, in hex. */
static void backlog(struct doctor *d)
{
	unsigned long dropped = 0, one;
	char line[256];
	FILE *f = fopen("/proc/net/softnet_stat", "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%*x %lx", &one) == 1)
			dropped += one;
	if (f)
		fclose(f);
	if (!dropped)
		doctor_add(d, "backlog", DOCTOR_GOOD, "no frame dropped before the rings");
	else
		doctor_mend(doctor_add(d, "backlog", DOCTOR_HINT,
				       "%lu frames dropped before the rings since the machine started", dropped),
			    "sudo sysctl -w net.core.netdev_max_backlog=250000");
}

static void huge_pages(struct doctor *d)
{
	long pages = number_in("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
	if (pages > 0)
		doctor_add(d, "huge pages", DOCTOR_GOOD, "%ld of 2 MiB", pages);
	else if (pages < 0)
		doctor_add(d, "huge pages", DOCTOR_GOOD, "cannot be asked here");
	else
		doctor_mend(doctor_add(d, "huge pages", DOCTOR_HINT, "none; only poll-mode drivers need them"),
			    "echo 1024 | sudo tee /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
}

static void transparent(struct doctor *d)
{
	char text[128];
	doctor_read(text, sizeof text, "/sys/kernel/mm/transparent_hugepage/enabled");
	if (strstr(text, "[never]"))
		doctor_mend(doctor_add(d, "transparent huge pages", DOCTOR_HINT,
				       "never: large flow tables cost more misses"),
			    "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
	else
		doctor_add(d, "transparent huge pages", DOCTOR_GOOD, "%s", *text ? text : "cannot be asked here");
}

/* Entries of a folder that are `prefix` and a number. */
static unsigned count_entries(const char *folder, const char *prefix)
{
	unsigned n = 0, number;
	size_t len = strlen(prefix);
	DIR *dir = opendir(folder);
	for (const struct dirent *e; dir && (e = readdir(dir));)
		n += !strncmp(e->d_name, prefix, len) && sscanf(e->d_name + len, "%u", &number) == 1;
	if (dir)
		closedir(dir);
	return n;
}

static void numa(struct doctor *d)
{
	unsigned nodes = count_entries("/sys/devices/system/node", "node");
	char cpus[128];
	if (nodes <= 1) {
		doctor_add(d, "NUMA", DOCTOR_GOOD, "one node");
		return;
	}
	doctor_read(cpus, sizeof cpus, "/sys/devices/system/node/node0/cpulist");
	doctor_mend(doctor_add(d, "NUMA", DOCTOR_HINT, "%u nodes: keep workers at the node of the card", nodes),
		    "onlooker observe --cpus %s …", cpus);
}

static void governor(struct doctor *d)
{
	unsigned slow = 0, cpus = count_entries("/sys/devices/system/cpu", "cpu");
	char text[64], first[64] = "";
	for (unsigned i = 0; i < cpus; i++) {
		doctor_read(text, sizeof text, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor", i);
		if (*text && strcmp(text, "performance") != 0 && !slow++)
			memcpy(first, text, sizeof first);
	}
	if (slow)
		doctor_mend(doctor_add(d, "CPU governor", DOCTOR_HINT, "%s on %u of %u CPUs: wakes up slowly", first,
				       slow, cpus),
			    "sudo cpupower frequency-set -g performance");
	else
		doctor_add(d, "CPU governor", DOCTOR_GOOD, "performance, or not the machine's choice");
}

static void isolation(struct doctor *d)
{
	char text[128];
	doctor_read(text, sizeof text, "/sys/devices/system/cpu/isolated");
	unsigned cpus = count_entries("/sys/devices/system/cpu", "cpu");
	if (*text)
		doctor_mend(doctor_add(d, "CPU isolation", DOCTOR_GOOD, "CPUs %s are kept free", text),
			    "onlooker observe --cpus %s …", text);
	else if (cpus < 4)
		doctor_add(d, "CPU isolation", DOCTOR_GOOD, "none; too few CPUs to keep some free");
	else
		doctor_mend(doctor_add(d, "CPU isolation", DOCTOR_HINT,
				       "none: other programs may interrupt workers; matters from about 10 Gbit/s"),
			    "boot with isolcpus=2-%u nohz_full=2-%u and observe --cpus 2-%u", cpus - 1, cpus - 1,
			    cpus - 1);
}

static void clock_state(struct doctor *d)
{
	struct timex t = {0};
	int state = adjtimex(&t);
	if (state < 0)
		doctor_add(d, "clock", DOCTOR_GOOD, "cannot be asked here");
	else if (state == TIME_ERROR || t.status & STA_UNSYNC)
		doctor_mend(doctor_add(d, "clock", DOCTOR_HINT,
				       "not synchronised: times in assertions are not to be relied on"),
			    "sudo timedatectl set-ntp true");
	else
		doctor_add(d, "clock", DOCTOR_GOOD, "synchronised, to within %ld us", (long)t.esterror);
}

void doctor_machine(struct doctor *d)
{
	static void (*const checks[])(struct doctor *) = {privileges, socket_memory, backlog,   huge_pages, transparent,
							  numa,       governor,      isolation, clock_state};
	d->interface[0] = 0;
	for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++)
		checks[i](d);
}
