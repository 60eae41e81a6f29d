/* Checks of one interface: is it there, does it hear everything, does the card lose or merge what it hears. */
#include "cli/doctor.h"

#include <net/if.h> /* before the kernel's, which then leave out what it has */

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING_WANTED 4096u /* descriptors; below that a burst at 10 Gbit/s overflows a card's ring in 60 us */

struct probe {
	struct doctor *d;
	const char *name;
	int fd;
};

/* One ethtool request. */
static bool ask(const struct probe *p, void *command)
{
	struct ifreq request = {0};
	strncpy(request.ifr_name, p->name, sizeof request.ifr_name - 1);
	request.ifr_data = command;
	return ioctl(p->fd, SIOCETHTOOL, &request) == 0;
}

/* One of the flags an old command answers with yes or no. */
static bool is_on(const struct probe *p, uint32_t command)
{
	struct ethtool_value v = {.cmd = command};
	return ask(p, &v) && v.data;
}

static void state(const struct probe *p)
{
	struct ifreq request = {0};
	strncpy(request.ifr_name, p->name, sizeof request.ifr_name - 1);
	bool asked = ioctl(p->fd, SIOCGIFFLAGS, &request) == 0;
	short flags = request.ifr_flags;
	if (!asked || !(flags & IFF_UP))
		doctor_mend(doctor_add(p->d, "state", DOCTOR_FAULT, "down: nothing is received"),
			    "sudo ip link set dev %s up", p->name);
	else if (!(flags & IFF_RUNNING))
		doctor_mend(doctor_add(p->d, "state", DOCTOR_FAULT, "up, but without carrier: nothing is received"),
			    "ethtool %s; check the cable and the mirror port", p->name);
	else
		doctor_add(p->d, "state", DOCTOR_GOOD, "up, with carrier");
	doctor_add(p->d, "promiscuous", DOCTOR_GOOD,
		   flags & IFF_PROMISC ? "yes" : "no; observe makes it so while it runs");
}

static void driver(const struct probe *p)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	if (ask(p, &info))
		doctor_add(p->d, "driver", DOCTOR_GOOD, "%.31s %.31s", info.driver, info.version);
	else
		doctor_add(p->d, "driver", DOCTOR_GOOD, "does not say");
}

static void mtu(const struct probe *p)
{
	struct ifreq request = {0};
	strncpy(request.ifr_name, p->name, sizeof request.ifr_name - 1);
	if (ioctl(p->fd, SIOCGIFMTU, &request))
		return;
	int octets = request.ifr_mtu;
	if (octets > 1600)
		doctor_add(p->d, "MTU", DOCTOR_GOOD, "%d", octets);
	else
		doctor_mend(doctor_add(p->d, "MTU", octets < 1500 ? DOCTOR_HINT : DOCTOR_GOOD, "%d; %s need more",
				       octets,
				       octets < 1500 ? "ordinary frames" : "jumbo frames, if the network has any,"),
			    "sudo ip link set dev %s mtu 9216", p->name);
}

static void card_ring(const struct probe *p)
{
	struct ethtool_ringparam ring = {.cmd = ETHTOOL_GRINGPARAM};
	if (!ask(p, &ring) || !ring.rx_max_pending) {
		doctor_add(p->d, "card ring", DOCTOR_GOOD, "the driver has none to set");
		return;
	}
	uint32_t wanted = ring.rx_max_pending < RING_WANTED ? ring.rx_max_pending : RING_WANTED;
	if (ring.rx_pending >= wanted)
		doctor_add(p->d, "card ring", DOCTOR_GOOD, "%u of at most %u descriptors", ring.rx_pending,
			   ring.rx_max_pending);
	else
		doctor_mend(doctor_add(p->d, "card ring", DOCTOR_FAULT,
				       "%u of at most %u descriptors: bursts overflow it", ring.rx_pending,
				       ring.rx_max_pending),
			    "sudo ethtool -G %s rx %u", p->name, wanted);
}

static void offloads(const struct probe *p)
{
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
	bool lro = ask(p, &flags) && flags.data & ETH_FLAG_LRO, gro = is_on(p, ETHTOOL_GGRO);
	if (lro || gro)
		doctor_mend(doctor_add(p->d, "receive off-loads", DOCTOR_HINT,
				       "%s%s%s on: frames are merged, so packets are fewer and larger than on the wire",
				       gro ? "GRO" : "", gro && lro ? " and " : "", lro ? "LRO" : ""),
			    "sudo ethtool -K %s gro off lro off", p->name);
	else
		doctor_add(p->d, "receive off-loads", DOCTOR_GOOD, "GRO and LRO are off");
	if (is_on(p, ETHTOOL_GGSO))
		doctor_add(p->d, "GSO", DOCTOR_GOOD, "on: touches only what this machine sends itself");
	else
		doctor_add(p->d, "GSO", DOCTOR_GOOD, "off");
}

static void queues(const struct probe *p)
{
	struct ethtool_channels c = {.cmd = ETHTOOL_GCHANNELS};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (!ask(p, &c)) {
		doctor_add(p->d, "queues", DOCTOR_GOOD, "one, or the driver does not say");
		return;
	}
	bool combined = c.max_combined > 0;
	uint32_t now = c.combined_count + c.rx_count, most = combined ? c.max_combined : c.max_rx;
	uint32_t wanted = most < cpus ? most : (uint32_t)cpus;
	if (now >= wanted)
		doctor_add(p->d, "queues", DOCTOR_GOOD, "%u of at most %u", now, most);
	else
		doctor_mend(doctor_add(p->d, "queues", DOCTOR_HINT, "%u of at most %u, and there are %ld CPUs", now,
				       most, cpus),
			    "sudo ethtool -L %s %s %u", p->name, combined ? "combined" : "rx", wanted);
}

static unsigned long counter(const struct probe *p, const char *name)
{
	char text[32];
	return strtoul(doctor_read(text, sizeof text, "/sys/class/net/%s/statistics/%s", p->name, name), NULL, 10);
}

static void losses(const struct probe *p)
{
	unsigned long lost =
		counter(p, "rx_missed_errors") + counter(p, "rx_fifo_errors") + counter(p, "rx_over_errors");
	if (lost)
		doctor_mend(doctor_add(p->d, "card losses", DOCTOR_HINT, "%lu frames lost in the card so far", lost),
			    "ethtool -S %s; a larger ring, more queues", p->name);
	else
		doctor_add(p->d, "card losses", DOCTOR_GOOD, "none so far");
}

static void node(const struct probe *p)
{
	char text[16], cpus[128];
	doctor_read(text, sizeof text, "/sys/class/net/%s/device/numa_node", p->name);
	long number = *text ? strtol(text, NULL, 10) : -1;
	if (number < 0)
		return;
	doctor_read(cpus, sizeof cpus, "/sys/devices/system/node/node%ld/cpulist", number);
	doctor_mend(doctor_add(p->d, "card's node", DOCTOR_GOOD, "%ld, CPUs %s", number, cpus),
		    "onlooker observe --cpus %s …", cpus);
}

static void look(const struct probe *p)
{
	static void (*const checks[])(const struct probe *) = {state,    driver, mtu,    card_ring,
							       offloads, queues, losses, node};
	for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++)
		checks[i](p);
}

void doctor_interface(struct doctor *d, const char *name)
{
	struct probe p = {d, name, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	snprintf(d->interface, sizeof d->interface, "%.19s", name);
	if (!if_nametoindex(name))
		doctor_mend(doctor_add(d, "state", DOCTOR_FAULT, "there is no such interface"), "ip link");
	else if (p.fd < 0)
		doctor_add(d, "state", DOCTOR_FAULT, "cannot be asked: %s", strerror(errno));
	else
		look(&p);
	if (p.fd >= 0)
		close(p.fd);
	d->interface[0] = 0;
}
