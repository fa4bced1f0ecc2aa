// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
#define _GNU_SOURCE
#include "frame.h"
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  RECEIVE_BUFFER = 64 << 20,
  PROBE_MS = 20,
  PROBE_LIMIT = 500,
  SLOT_SIZE = 10240,
  CONTROL_SIZE = CMSG_SPACE(sizeof(struct tpacket_auxdata)),
};

static uint8_t sent[BATCH][SLOT_SIZE], received[BATCH][SLOT_SIZE];
static uint8_t control[BATCH][CONTROL_SIZE] __attribute__((aligned(8)));
static struct iovec sent_buffers[BATCH], received_buffers[BATCH];
static struct mmsghdr to_send[BATCH], to_receive[BATCH];

static void die(const char *what, const char *why) {
  fprintf(stderr, "traffic: %s: %s\n", what, why);
  exit(1);
}

void open_link(struct link *link, const char *interface, uint64_t mtu) {
  // The kernel takes tags off before it looks at types, and tells only who takes all types of them.
  link->socket = socket(AF_PACKET, SOCK_RAW, 0);
  if (link->socket < 0) die("socket", strerror(errno));
  link->mtu = mtu;
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ETH_P_ALL),
      .sll_ifindex = (int)if_nametoindex(interface),
  };
  int buffer = RECEIVE_BUFFER, on = 1;
  if (!address.sll_ifindex ||
      setsockopt(link->socket, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0 ||
      setsockopt(link->socket, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0 ||
      setsockopt(link->socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0 ||
      bind(link->socket, (struct sockaddr *)&address, sizeof address) < 0)
    die(interface, strerror(errno));
  frame_run((unsigned)getpid());
  for (int index = 0; index < BATCH; index++) {
    sent_buffers[index] = (struct iovec){sent[index], 0};
    received_buffers[index] = (struct iovec){received[index], SLOT_SIZE};
    to_send[index].msg_hdr = (struct msghdr){.msg_iov = &sent_buffers[index], .msg_iovlen = 1};
    to_receive[index].msg_hdr = (struct msghdr){
        .msg_iov = &received_buffers[index],
        .msg_iovlen = 1,
        .msg_control = control[index],
    };
  }
}

// Whether nothing is wrong, except that frames cannot go out or come in for now.
static bool is_passing(int error) {
  switch (error) {
    case EAGAIN: case EINTR: case ENOBUFS: return true;
    case ENETDOWN: case ENXIO: case ENODEV:
      usleep(1000);
      return true;
    default: return false;
  }
}

static uint64_t transmit(struct link *link, unsigned count, uint64_t *bytes) {
  int done = sendmmsg(link->socket, to_send, count, MSG_DONTWAIT);
  if (done < 0 && !is_passing(errno)) die("sendmmsg", strerror(errno));
  for (int index = 0; index < done; index++) *bytes += sent_buffers[index].iov_len;
  return done < 0 ? 0 : (uint64_t)done;
}

uint64_t send_frames(struct link *link, uint64_t first, uint64_t count, uint64_t *bytes) {
  if (count > BATCH) count = BATCH;
  for (uint64_t index = 0; index < count; index++)
    sent_buffers[index].iov_len = frame_make(sent[index], first + index, link->mtu);
  return transmit(link, (unsigned)count, bytes);
}

// The tag that the kernel has taken off, in network order with its type; 0 without one.
static uint32_t tag_of(struct msghdr *message) {
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_PACKET || header->cmsg_type != PACKET_AUXDATA) continue;
    struct tpacket_auxdata data;
    memcpy(&data, CMSG_DATA(header), sizeof data);
    if (data.tp_status & TP_STATUS_VLAN_VALID)
      return (uint32_t)data.tp_vlan_tpid << 16 | data.tp_vlan_tci;
  }
  return 0;
}

unsigned receive_frames(struct link *link) {
  for (int index = 0; index < BATCH; index++)
    to_receive[index].msg_hdr.msg_controllen = CONTROL_SIZE;
  int count = recvmmsg(link->socket, to_receive, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
  if (count < 0 && !is_passing(errno)) die("recvmmsg", strerror(errno));
  for (int index = 0; index < count; index++) {
    size_t size = to_receive[index].msg_len;
    uint32_t tag = tag_of(&to_receive[index].msg_hdr);
    if (tag) size = frame_insert_tag(received[index], size, tag);
    link->arrivals[index] = frame_check(received[index], size, link->mtu);
  }
  return count < 0 ? 0 : (unsigned)count;
}

void await_link(struct link *link) {
  uint64_t bytes = 0;
  for (int tries = 0; tries < PROBE_LIMIT; tries++) {
    sent_buffers[0].iov_len = frame_make_probe(sent[0]);
    transmit(link, 1, &bytes);
    struct pollfd ready = {.fd = link->socket, .events = POLLIN};
    bool is_answered = false;
    // What another run has left may come first; nothing of it shall come later.
    while (poll(&ready, 1, PROBE_MS) > 0)
      for (unsigned index = receive_frames(link); index-- > 0;)
        if (link->arrivals[index].is_ours) is_answered = true;
    if (is_answered) return;
  }
  die("link", "no frame comes back");
}
