/** The camera of this device: what it sees, and a button that takes a picture of it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { say, type Word } from "../words/words.ts";

interface CameraProps {
  /** There is room for one more. */
  canShoot: boolean;
  onPicture: (picture: Blob) => void;
  onClose: () => void;
}

type Facing = "user" | "environment";

export function Camera({ canShoot, onPicture, onClose }: CameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [facing, setFacing] = useState<Facing>("user");
  const [isLive, setLive] = useState(false);
  const [problem, setProblem] = useState<Word | null>(null);
  useEffect(() => {
    let isOver = false;
    let stream: MediaStream | null = null;
    setLive(false);
    void (async () => {
      try {
        if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 960 } },
        });
        if (isOver || !video.current) {
          stop(stream);
          return;
        }
        video.current.srcObject = stream;
        await video.current.play();
        setLive(true);
      } catch (error) {
        if (!isOver) setProblem(problemOf(error));
      }
    })();
    return () => {
      isOver = true;
      stop(stream);
    };
  }, [facing]);
  const shoot = () => {
    const canvas = document.createElement("canvas");
    const { current: from } = video;
    if (!from?.videoWidth) return;
    canvas.width = from.videoWidth;
    canvas.height = from.videoHeight;
    canvas.getContext("2d")?.drawImage(from, 0, 0);
    canvas.toBlob((picture) => picture && onPicture(picture), "image/jpeg", 0.95);
  };
  if (problem) return <Banner tone="warn">{say(problem)}</Banner>;
  return (
    <div class="camera stack tight">
      <video
        ref={video}
        class={facing === "user" ? "mirrored" : ""}
        playsInline
        muted
        aria-label={say("enrol.camera.live")}
      />
      <div class="row wraps">
        <Button kind="main" icon="camera" disabled={!isLive || !canShoot} onClick={shoot}>
          {say("enrol.camera.shoot")}
        </Button>
        <Button onClick={() => setFacing(facing === "user" ? "environment" : "user")}>
          {say("enrol.camera.turn")}
        </Button>
        <Button kind="plain" onClick={onClose}>
          {say("enrol.camera.stop")}
        </Button>
      </div>
    </div>
  );
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function problemOf(error: unknown): Word {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "SecurityError") return "enrol.camera.insecure";
  return name === "NotAllowedError" ? "enrol.camera.denied" : "enrol.camera.none";
}
