#!/bin/sh
# The bytes of results, before and after a change that must not move them. Digests depend on the processor and on compiler
# flags, so they are no test of the suite: write them down before the change, on one machine, and compare after it.
#   sh tests/golden_bytes.sh build/release/norma before.txt    (writes)
#   sh tests/golden_bytes.sh build/release/norma before.txt    (the file is there now: compares; exit 1 if a line differs)
# Two dozen short runs on drawn digits, none of whose times of day or durations are compared. About two minutes.
set -eu
[ $# -eq 2 ] || { echo "usage: golden_bytes.sh NORMA DIGESTS" >&2; exit 2; }
norma=$(realpath "$1")
digests=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset NORMA_DATA_DIR

untimed() { sed -E '/"(seconds|training|evaluation)": [0-9{]/d; /"(command|init_from)":/d' "$1"; }
train() {  # name, options: a run, and the digests of its files
  run=$1
  shift
  "$norma" train --data digits --train-size 1200 --steps 60 --eval-every 25 --log-every 5 --quiet --out "$run" "$@" > /dev/null
  for file in config.json metrics.jsonl model.safetensors summary.json; do
    untimed "$run/$file" | digest "$run/$file"
  done
}
digest() { echo "$(sha256sum | cut -c1-64)  $1"; }

all() {
  train plain --spectral-penalty 0.01
  train relu-bn --activation relu --norm batch --init kaiming_normal
  train after --norm batch --norm-position after --norm-momentum 0 --precise 600 --threads 2
  train adam-cosine --norm layer --optimizer adam --lr 0.003 --schedule cosine --warmup 10 --dropout 0.2
  train nesterov --norm batch --momentum 0.9 --nesterov on --weight-decay 0.001 --schedule step --decay-every 20 --clip-norm 1
  train weight-norm --norm weight --lr 0.05 --label-smoothing 0.1
  train spectral --norm spectral --init uniform --init-scale 0.1
  train renorm --norm batch-renorm --batch-size 8 --activation tanh
  train noisy-l1 --norm l1 --norm-noise unit --norm-freeze affine
  train linf --norm linf --binarize on --decay-all on --weight-decay 0.01 --optimizer adam --lr 0.01
  train dln --model dln --hidden 50,50 --init lecun_uniform --shuffle off
  train cnn --model cnn --norm batch --steps 20
  train lenet --model lenet --norm group:2 --steps 20 --optimizer adam --lr 0.002
  train resnet --model resnet --norm batch --steps 6 --eval-every 0 --train-size 300
  train instance --layers "conv 8 3, in, relu, pool 2, conv 8 3, lrn, relu, pool 2, flatten, linear 10" --steps 20
  train residual --layers "flatten, linear 64, residual(bn, relu, linear 64), bn, relu, dropout 0.1, linear 10"
  train no-gradient --norm batch --norm-gradient off --activation leaky_relu --init-from relu-bn/model.safetensors
  train frozen --norm batch --norm-freeze both --lr 1
  "$norma" eval relu-bn | grep -v ' ms' | digest eval
  "$norma" inspect relu-bn --json inspect.json --html > inspect.txt
  sed 's/[0-9.]* ms//' inspect.txt | digest "inspect, text"
  digest "inspect, numbers" < inspect.json
  "$norma" fold relu-bn --out folded > /dev/null
  digest folded < folded/model.safetensors
  for run in cnn resnet instance residual weight-norm; do
    "$norma" export $run --onnx $run.onnx --npz $run.npz --logits $run-logits.npz > /dev/null
    cat $run.onnx $run.npz $run-logits.npz | digest "export $run"
  done
  "$norma" export cnn --onnx folded.onnx --fold --tensorboard board --csv cnn.csv > /dev/null
  cat folded.onnx board/* cnn.csv | digest "export cnn, folded"
  "$norma" compare --data digits --train-size 1200 --steps 60 --seeds 2 --quiet --out compare > /dev/null
  untimed compare/comparison.json | digest compare
  "$norma" compare --data digits --train-size 1200 --steps 40 --seeds 2 --quiet --out grid --vary lr=0.1,0.5 \
           --vary optimizer=sgd,adam --vary norm=none,batch,layer > /dev/null
  untimed grid/comparison.json | digest grid
  "$norma" compare --data digits --train-size 600 --steps 20 --seeds 2 --quiet --out layers \
           --vary 'layers=linear 32, bn, relu, linear 10;conv 4 3, relu, pool 2, flatten, linear 10' > /dev/null
  untimed layers/comparison.json | digest layers
  "$norma" reproduce --all --quick --seeds 2 --data digits --quiet --out claims > /dev/null
  untimed claims/verdicts.json | digest verdicts
}

if [ -e "$digests" ]; then
  all > now.txt
  diff "$digests" now.txt && echo "golden_bytes: $(wc -l < now.txt) digests are the same"
else
  all > now.txt
  cp now.txt "$digests"
  echo "golden_bytes: $(wc -l < now.txt) digests written to $2"
fi
