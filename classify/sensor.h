/* The interfaces of the machine that observes: what comes from them is the sensor's own word, not somebody's.
 *
 * Found before the registry starts, constant from then on; the caller owns it. An observer that publishes, logs in to
 * its administrators or is looked after over the network it watches is an endpoint of that network too: it is said
 * which one.
 */
#ifndef ONLOOKER_CLASSIFY_SENSOR_H
#define ONLOOKER_CLASSIFY_SENSOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SENSOR_INTERFACES 64

struct sensor_interface {
	uint8_t mac[6];
	char name[17];
};

struct sensor_interfaces {
	uint32_t n;
	struct sensor_interface row[SENSOR_INTERFACES];
};

/* The name of the interface with the MAC address, or NULL. Any thread. */
static inline const char *sensor_interface_name(const struct sensor_interfaces *s, const uint8_t mac[6])
{
	for (uint32_t i = 0; s && i < s->n; i++)
		if (!memcmp(s->row[i].mac, mac, 6))
			return s->row[i].name;
	return NULL;
}

#endif
