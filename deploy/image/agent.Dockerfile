# The node agent: one static binary. It believes the API server's authority alone, which its service account brings.
# What it is on its node, and why it is root there: deploy/agent/README.md.
FROM scratch
COPY podwhy-agent /podwhy-agent
USER 0:0
ENTRYPOINT ["/podwhy-agent"]
