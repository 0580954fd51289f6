# Norma built on Debian 13, with MNIST if it can be fetched. The image runs the quickstart; the report comes to runs/:
#   docker build -t norma . && docker run --rm -v "$PWD/runs:/norma/runs" norma
FROM debian:13-slim
WORKDIR /norma
COPY apps/install.sh apps/
RUN sh apps/install.sh g++ cmake ninja-build libopenblas-openmp-dev zlib1g-dev libstb-dev libcli11-dev \
    nlohmann-json3-dev gnuplot-nox ca-certificates
COPY . .
# For any processor: the image may run on another than the one that builds it.
RUN cmake --preset release -DNORMA_TESTS=OFF -DNORMA_NATIVE=OFF && sh apps/quickstart.sh --help
CMD ["sh", "apps/quickstart.sh"]
