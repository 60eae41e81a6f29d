#include "cli/own_interfaces.h"

#include <ifaddrs.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <sys/socket.h>

static void add(struct sensor_interfaces *out, const struct ifaddrs *i)
{
	static const uint8_t none[6];
	struct sockaddr_ll address;
	if (out->n == SENSOR_INTERFACES || !i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET)
		return;
	memcpy(&address, i->ifa_addr, sizeof address);
	if (address.sll_halen != 6 || !memcmp(address.sll_addr, none, 6) ||
	    sensor_interface_name(out, address.sll_addr))
		return;
	struct sensor_interface *row = &out->row[out->n++];
	memcpy(row->mac, address.sll_addr, 6);
	snprintf(row->name, sizeof row->name, "%s", i->ifa_name);
}

void own_interfaces_find(struct sensor_interfaces *out)
{
	struct ifaddrs *list;
	out->n = 0;
	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next)
		add(out, i);
	freeifaddrs(list);
}
